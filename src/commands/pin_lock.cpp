// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/commands/pin_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

namespace ctrlpass {

Result<Descriptor> lock_domain(const std::string& uuid, const std::string& directory) {
    const std::string what = "cannot follow the guest";
    const bool plain = !uuid.empty() && std::ranges::all_of(uuid, [](const char letter) {
        return std::string_view("0123456789abcdef-").find(letter) != std::string_view::npos;
    });
    if (!plain) return fail(what, "libvirt gives it no UUID");
    std::error_code error;
    std::filesystem::create_directories(directory, error);
    if (error) return fail(what, directory + ": " + error.message());
    Descriptor file(
        ::open((directory + "/" + uuid).c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file.is_open()) return fail_with_errno(what, errno);
    if (::flock(file.number(), LOCK_EX | LOCK_NB) == 0) return file;
    if (errno != EWOULDBLOCK) return fail_with_errno(what, errno);
    return fail(what, "another ctrlpass follows it", {}, Trouble::locked);
}

}  // namespace ctrlpass
