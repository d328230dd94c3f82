// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/capture/empty_folder.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <memory>
#include <ranges>

namespace ctrlpass {

namespace {

constexpr int folder_flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC;

std::unexpected<Error> refused(const std::string& path, std::string why) {
    return fail("cannot capture into " + path, std::move(why),
                "Name a directory that is not there yet.", Trouble::bad_input);
}

Result<bool> is_empty(const Descriptor& folder, const std::string& path) {
    const int again = ::openat(folder.number(), ".", folder_flags);
    if (again < 0) return refused(path, "it cannot be listed");
    const std::unique_ptr<DIR, int (*)(DIR*)> entries(::fdopendir(again), &::closedir);
    if (!entries) {
        ::close(again);
        return refused(path, "it cannot be listed");
    }
    while (const dirent* const entry = ::readdir(entries.get())) {
        const std::string_view name = entry->d_name;
        if (name != "." && name != "..") return false;
    }
    return true;
}

/// Why what the descriptor stands for is not ours alone; "" where it is.
std::string weakness_of(const struct stat& status) {
    if (status.st_uid != ::geteuid()) return "it belongs to user " + std::to_string(status.st_uid);
    // Of a folder with an access list the bits of the group are what the list allows at most.
    if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0) return "others may write to it";
    return "";
}

/// What ends in a slash names the folder itself.
std::filesystem::path plain(const std::string& path) {
    std::filesystem::path place = std::filesystem::path(path).lexically_normal();
    return place.has_filename() ? place : place.parent_path();
}

}  // namespace

Result<EmptyFolder> EmptyFolder::open(const std::string& path) {
    EmptyFolder found;
    found.path_ = path;
    const auto place = plain(path);
    std::vector<std::string> missing;
    auto there = place;
    Descriptor folder;
    // The nearest that is there; of what was asked for, no link is followed.
    for (;; there = there.parent_path()) {
        const std::string name = there.empty() ? "." : there.string();
        const int follow = missing.empty() ? O_NOFOLLOW : 0;
        folder = Descriptor(::open(name.c_str(), folder_flags | follow));
        if (folder.is_open()) break;
        if (errno == ELOOP || errno == ENOTDIR)
            return refused(path, name + " is no directory, or a symbolic link to one");
        if (errno != ENOENT || there.empty() || there == there.parent_path())
            return fail_with_errno("cannot open " + name, errno);
        missing.push_back(there.filename());
    }
    const auto mask = ::umask(0077);
    const auto made = found.make(std::move(folder), missing);
    ::umask(mask);
    TRY(Result<>(made));
    struct stat status {};
    if (::fstat(found.folder_.number(), &status) != 0) return refused(path, "it vanished");
    if (const auto why = weakness_of(status); !why.empty()) return refused(path, why);
    const bool empty = TRY(is_empty(found.folder_, path));
    if (!empty) return refused(path, "it is there and not empty");
    return found;
}

/// The names are those of the lowest first.
Result<> EmptyFolder::make(Descriptor above, const std::vector<std::string>& names) {
    for (const std::string& name : names | std::views::reverse) {
        if (::mkdirat(above.number(), name.c_str(), 0700) != 0)
            return fail_with_errno("cannot make " + path_, errno);
        Descriptor next(::openat(above.number(), name.c_str(), folder_flags | O_NOFOLLOW));
        if (!next.is_open()) return fail_with_errno("cannot open " + path_, errno);
        made_.push_back({std::move(above), name});
        above = std::move(next);
    }
    folder_ = std::move(above);
    return {};
}

EmptyFolder::~EmptyFolder() {
    for (const Made& made : made_ | std::views::reverse)
        ::unlinkat(made.above.number(), made.name.c_str(), AT_REMOVEDIR);
}

Result<> EmptyFolder::keep() {
    made_.clear();
    if (::fchmod(folder_.number(), 0700) != 0)
        return fail_with_errno("cannot change the mode of " + path_, errno);
    return {};
}

}  // namespace ctrlpass
