// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace ctrlpass {

/// Who may own what root acts on.
using TrustedOwner = std::function<bool(uid_t owner)>;

/// Why somebody else could change what has this status, "" where nobody can. A sticky directory, as
/// /tmp is, is safe: others cannot replace in it what is not theirs.
std::string weakness(const struct stat& status, const TrustedOwner& is_trusted);

/// The first place on the way to a path (absolute) that somebody else could change, and so lead it
/// elsewhere: the folders as it names them, every link on the way (also at its end), and the
/// folders that these lead through. What lies at the end and is no folder is not judged.
struct Weak {
    std::filesystem::path path;
    std::string why;
};
std::optional<Weak> weak_way(const std::filesystem::path& path, const TrustedOwner& is_trusted);

/// The same for a folder.
inline std::optional<Weak> weak_folder(const std::filesystem::path& folder,
                                       const TrustedOwner& is_trusted) {
    return weak_way(folder, is_trusted);
}

}  // namespace ctrlpass
