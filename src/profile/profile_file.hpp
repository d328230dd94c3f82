// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

#include "src/profile/profile.hpp"

namespace ctrlpass {

/// Who may own a profile that root acts on.
enum class Trust {
    anyone,       ///< nothing is done with it (plan, check)
    interactive,  ///< root, or the user behind sudo
    root_only,    ///< at boot and with --all
};

/// A profile's file as read, before it is parsed.
struct ProfileFile {
    std::string path;  ///< absolute
    std::string text;
    bool owned_by_sudo_user = false;  ///< accepted, but worth a note
};

/// `NAME` alone is looked up in /etc/ctrlpass/profiles.d, everything else is a path. Errors are
/// `bad_input`: not there, no regular file, longer than 1 MiB, name not NAME.toml, and, as root,
/// that someone else could change the file or put another in its place.
Result<ProfileFile> read_profile_file(const std::string& name_or_path, Trust trust);

/// Is it a NAME: [A-Za-z0-9][A-Za-z0-9._-]{0,63}?
bool is_profile_name(std::string_view text);

/// The NAME that a command line word means: itself, or that of the path of its profile.
Result<std::string> profile_name_of(const std::string& name_or_path);

/// NAME.toml of /etc/ctrlpass/profiles.d, sorted: what `--all` means.
Result<std::vector<std::string>> all_profile_paths();

/// The same for whoever acts on all of them. As root, also `bad_input`: others may change the
/// folder or one above it, and so choose what is in it.
Result<std::vector<std::string>> trusted_profile_paths();

}  // namespace ctrlpass
