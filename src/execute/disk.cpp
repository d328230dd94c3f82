// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/execute/disk.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace ctrlpass {

namespace {

/// As fail_with_errno; that something on the way is missing does not mean that the file is.
std::unexpected<Error> disk_failure(const std::string& what) {
    auto failure = fail_with_errno(what, errno);
    if (failure.error().trouble == Trouble::missing) failure.error().trouble = Trouble::failed;
    return failure;
}

Result<> sync_to_disk(const Descriptor& descriptor, const std::string& what) {
    if (::fsync(descriptor.number()) != 0) return disk_failure(what);
    return {};
}

Result<> write_whole(const Descriptor& file, std::string_view text, const std::string& what) {
    while (!text.empty()) {
        const ssize_t count = ::write(file.number(), text.data(), text.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return disk_failure(what);
        text.remove_prefix(static_cast<std::size_t>(count));
    }
    return {};
}

}  // namespace

Result<> Disk::make_folder(const Descriptor& parent, const std::string& name) {
    const std::string what = "cannot make the folder " + name;
    if (::mkdirat(parent.number(), name.c_str(), 0755) != 0) return disk_failure(what);
    // The umask may have taken something away.
    if (::fchmodat(parent.number(), name.c_str(), 0755, 0) != 0) return disk_failure(what);
    return sync_to_disk(parent, what);
}

Result<> Disk::store(const Descriptor& folder, const std::string& name, const std::string& content,
                     unsigned mode) {
    const std::string what = "cannot write " + name;
    TRY(Disk::remove(folder, name));
    const Descriptor file(::openat(folder.number(), name.c_str(),
                                   O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file.is_open()) return disk_failure(what);
    TRY(write_whole(file, content, what));
    if (::fchmod(file.number(), mode) != 0) return disk_failure(what);
    return sync_to_disk(file, what);
}

Result<> Disk::move(const Descriptor& from, const std::string& name, const Descriptor& to,
                    const std::string& new_name) {
    const std::string what = "cannot put " + new_name + " into its place";
    if (::renameat(from.number(), name.c_str(), to.number(), new_name.c_str()) != 0)
        return disk_failure(what);
    TRY(sync_to_disk(to, what));
    return sync_to_disk(from, what);
}

Result<> Disk::remove(const Descriptor& folder, const std::string& name) {
    const std::string what = "cannot remove " + name;
    if (::unlinkat(folder.number(), name.c_str(), 0) == 0) return sync_to_disk(folder, what);
    if (errno == ENOENT) return {};
    return disk_failure(what);
}

Result<bool> Disk::remove_folder(const Descriptor& parent, const std::string& name) {
    const std::string what = "cannot remove the folder " + name;
    if (::unlinkat(parent.number(), name.c_str(), AT_REMOVEDIR) != 0) {
        if (errno == ENOTEMPTY || errno == EEXIST) return false;
        return disk_failure(what);
    }
    TRY(sync_to_disk(parent, what));
    return true;
}

}  // namespace ctrlpass
