// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/commands/output_file.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>

#include "src/commands/write_through.hpp"
#include "src/execute/disk.hpp"

namespace ctrlpass {

namespace {

constexpr int most_links = 40;  // as in the kernel

/// The names of our own standard output, which may be something that no path leads to.
bool is_standard_output(const std::string& path) {
    return path == "/dev/stdout" || path == "/dev/fd/1" || path == "/proc/self/fd/1";
}

/// An entry of a folder that is open.
struct Spot {
    Descriptor folder;
    std::string name;
};

/// The entry that a path names; a relative one begins at `from`.
Result<Spot> spot_at(int from, const std::string& path, const std::string& what) {
    const std::filesystem::path place(path);
    Spot spot;
    spot.name = place.filename();
    if (spot.name.empty() || spot.name == "." || spot.name == "..")
        return fail(what, "it names no file");
    const std::string parent = place.has_parent_path() ? place.parent_path().string() : ".";
    spot.folder = Descriptor(::openat(from, parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!spot.folder.is_open()) return fail_with_errno(what, errno);
    return spot;
}

/// The text of a link, "" of everything else.
std::string link_at(const Spot& spot) {
    std::array<char, 4096> target{};
    const ssize_t length =
        ::readlinkat(spot.folder.number(), spot.name.c_str(), target.data(), target.size());
    return length < 0 ? "" : std::string(target.data(), static_cast<std::size_t>(length));
}

bool others_may_write(const Descriptor& folder) {
    struct stat status {};
    if (::fstat(folder.number(), &status) != 0) return true;
    const bool ours = status.st_uid == 0 || status.st_uid == ::geteuid();
    return !ours || (status.st_mode & (S_IWGRP | S_IWOTH)) != 0;
}

/// Links of proc lead to open files, not to names.
bool is_in_proc(const Descriptor& folder) {
    struct statfs status {};
    return ::fstatfs(folder.number(), &status) == 0 && status.f_type == PROC_SUPER_MAGIC;
}

/// For a message: nothing where it may be written to as it is.
std::string why_not(const struct stat& status) {
    const bool null = status.st_rdev == makedev(1U, 3U);
    if (S_ISFIFO(status.st_mode) || (S_ISCHR(status.st_mode) && null)) return "";
    if (S_ISDIR(status.st_mode)) return "it is a folder";
    if (S_ISBLK(status.st_mode)) return "it is a block device";
    if (S_ISCHR(status.st_mode)) return "it is a character device other than /dev/null";
    if (S_ISSOCK(status.st_mode)) return "it is a socket";
    return "it is no regular file";
}

Result<> replace(const Spot& spot, const std::string& text, const std::string& what) {
    Disk disk;
    const std::string unfinished = "." + spot.name + ".new";
    auto written = disk.store(spot.folder, unfinished, text, 0644);
    if (written) written = disk.move(spot.folder, unfinished, spot.folder, spot.name);
    if (written) return {};
    (void)disk.remove(spot.folder, unfinished);
    return fail(what, written.error().where);
}

/// Looked at without opening it: a tape rewinds, a modem dials.
Result<> write_at(const Spot& spot, bool follow, const std::string& text, const std::string& what) {
    const Descriptor there(::openat(spot.folder.number(), spot.name.c_str(),
                                    O_PATH | O_CLOEXEC | (follow ? 0 : O_NOFOLLOW)));
    if (!there.is_open() && errno == ENOENT && !follow) return replace(spot, text, what);
    struct stat status {};
    if (!there.is_open() || ::fstat(there.number(), &status) != 0)
        return fail_with_errno(what, errno);
    if (S_ISREG(status.st_mode) && !follow) return replace(spot, text, what);
    if (const std::string why = why_not(status); !why.empty()) return fail(what, why);
    return write_through(there, text, what);
}

}  // namespace

Result<> write_output_file(const std::string& path, const std::string& text) {
    const std::string what = "cannot write " + path;
    std::string next = path;
    Spot spot{Descriptor(), {}};
    for (int links = 0; links <= most_links; ++links) {
        if (is_standard_output(next)) return write_to_standard_output(text, what);
        const int from = spot.folder.is_open() ? spot.folder.number() : AT_FDCWD;
        spot = TRY(spot_at(from, next, what));
        next = link_at(spot);
        if (next.empty()) return write_at(spot, false, text, what);
        if (is_in_proc(spot.folder)) return write_at(spot, true, text, what);
        if (others_may_write(spot.folder))
            return fail(what, spot.name + " is a symbolic link in a folder that others may write",
                        "Name the file that it leads to.");
    }
    return fail_with_errno(what, ELOOP);
}

}  // namespace ctrlpass
