// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/profile/trust.hpp"

namespace ctrlpass {

std::string weakness(const struct stat& status, const TrustedOwner& is_trusted) {
    if (!is_trusted(status.st_uid)) return "it belongs to user " + std::to_string(status.st_uid);
    const bool sticky_directory = S_ISDIR(status.st_mode) && (status.st_mode & S_ISVTX) != 0;
    if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0 && !sticky_directory)
        return (status.st_mode & S_IWOTH) != 0 ? "everybody may write to it"
                                               : "its group may write to it";
    return {};
}

std::optional<Weak> weak_folder(const std::filesystem::path& folder,
                                const TrustedOwner& is_trusted) {
    for (std::filesystem::path path = folder;; path = path.parent_path()) {
        struct stat status {};
        if (::stat(path.c_str(), &status) != 0) return Weak{path, "it vanished"};
        if (const auto why = weakness(status, is_trusted); !why.empty()) return Weak{path, why};
        if (path == path.parent_path()) return std::nullopt;
    }
}

}  // namespace ctrlpass
