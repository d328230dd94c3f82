// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/profile/trust.hpp"

#include <list>
#include <system_error>

namespace ctrlpass {

namespace fs = std::filesystem;

namespace {

/// As many as the kernel follows (MAXSYMLINKS).
constexpr int most_links = 40;

/// Goes a way as the kernel does, one name at a time.
class Walk {
  public:
    Walk(const fs::path& path, const TrustedOwner& is_trusted) : is_trusted_(is_trusted) {
        names_.assign(path.begin(), path.end());
    }

    std::optional<Weak> first_weak() {
        while (!names_.empty()) {
            const fs::path name = std::move(names_.front());
            names_.pop_front();
            if (name.empty() || name == ".") continue;
            here_ = name == ".." ? here_.parent_path() : here_ / name;
            if (auto weak = judge()) return weak;
        }
        return std::nullopt;
    }

  private:
    std::optional<Weak> judge() {
        struct stat status {};
        if (::lstat(here_.c_str(), &status) != 0) return Weak{here_, "it vanished"};
        if (S_ISLNK(status.st_mode)) return follow(status);
        if (!S_ISDIR(status.st_mode)) return std::nullopt;
        if (auto why = weakness(status, is_trusted_); !why.empty()) return Weak{here_, why};
        return std::nullopt;
    }

    /// A link has no mode that counts: whoever owns it can put another in its place, even in a
    /// sticky folder.
    std::optional<Weak> follow(const struct stat& link) {
        if (!is_trusted_(link.st_uid))
            return Weak{here_, "it is a link of user " + std::to_string(link.st_uid)};
        std::error_code error;
        const fs::path target = fs::read_symlink(here_, error);
        if (error) return Weak{here_, "it vanished"};
        if (++links_ > most_links) return Weak{here_, "too many links"};
        names_.insert(names_.begin(), target.begin(), target.end());
        here_ = here_.parent_path();
        return std::nullopt;
    }

    const TrustedOwner& is_trusted_;
    std::list<fs::path> names_;
    fs::path here_ = "/";
    int links_ = 0;
};

}  // namespace

std::string weakness(const struct stat& status, const TrustedOwner& is_trusted) {
    if (!is_trusted(status.st_uid)) return "it belongs to user " + std::to_string(status.st_uid);
    const bool sticky_directory = S_ISDIR(status.st_mode) && (status.st_mode & S_ISVTX) != 0;
    if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0 && !sticky_directory)
        return (status.st_mode & S_IWOTH) != 0 ? "everybody may write to it"
                                               : "its group may write to it";
    return {};
}

std::optional<Weak> weak_way(const fs::path& path, const TrustedOwner& is_trusted) {
    return Walk(path, is_trusted).first_weak();
}

}  // namespace ctrlpass
