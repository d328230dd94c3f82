// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/commands/pin_lock.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

namespace ctrlpass {

namespace {

/// The whole file, for one that writes.
struct flock exclusive() {
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    return lock;
}

bool is_plain(const std::string& uuid) {
    return !uuid.empty() && std::ranges::all_of(uuid, [](const char letter) {
        return std::string_view("0123456789abcdef-").find(letter) != std::string_view::npos;
    });
}

}  // namespace

Result<Descriptor> lock_domain(const std::string& uuid, const std::string& directory) {
    const std::string what = "cannot follow the guest";
    if (!is_plain(uuid)) return fail(what, "libvirt gives it no UUID");
    std::error_code error;
    std::filesystem::create_directories(directory, error);
    if (error) return fail(what, directory + ": " + error.message());
    Descriptor file(
        ::open((directory + "/" + uuid).c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file.is_open()) return fail_with_errno(what, errno);
    struct flock lock = exclusive();
    if (::fcntl(file.number(), F_OFD_SETLK, &lock) == 0) return file;
    if (errno != EAGAIN && errno != EACCES) return fail_with_errno(what, errno);
    return fail(what, "another ctrlpass follows it", {}, Trouble::locked);
}

bool is_followed(const std::string& uuid, const std::string& directory) {
    if (!is_plain(uuid)) return false;
    const Descriptor file(
        ::open((directory + "/" + uuid).c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
    struct flock lock = exclusive();
    return file.is_open() && ::fcntl(file.number(), F_OFD_GETLK, &lock) == 0 &&
           lock.l_type != F_UNLCK;
}

}  // namespace ctrlpass
