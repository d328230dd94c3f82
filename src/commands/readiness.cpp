// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/commands/readiness.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string_view>

namespace ctrlpass {

namespace {

constexpr const char* variable = "NOTIFY_SOCKET";
constexpr std::string_view ready = "READY=1";

/// Is it the word, from a process of this user? Anybody can send to a socket without a file.
bool receives_ready(int socket) {
    std::array<char, 64> text{};
    alignas(struct cmsghdr) std::array<char, CMSG_SPACE(sizeof(struct ucred))> control{};
    struct iovec part {
        text.data(), text.size()
    };
    struct msghdr message {};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t count = ::recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (count < 0 || std::string_view(text.data(), static_cast<std::size_t>(count)) != ready)
        return false;
    const struct cmsghdr* const header = CMSG_FIRSTHDR(&message);
    if (header == nullptr || header->cmsg_level != SOL_SOCKET ||
        header->cmsg_type != SCM_CREDENTIALS)
        return false;
    struct ucred sender {};
    std::memcpy(&sender, CMSG_DATA(header), sizeof sender);
    return sender.uid == ::geteuid();
}

}  // namespace

void tell_readiness() {
    const char* const place = std::getenv(variable);
    struct sockaddr_un address {};
    address.sun_family = AF_UNIX;
    const std::string_view path = place == nullptr ? "" : place;
    if (path.size() < 2 || path.size() >= sizeof address.sun_path) return;
    std::memcpy(address.sun_path, path.data(), path.size());
    if (path.front() == '@') address.sun_path[0] = '\0';
    const auto length =
        static_cast<socklen_t>(offsetof(struct sockaddr_un, sun_path) + path.size());
    const Descriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    // Whoever waits for it in vain says so.
    [[maybe_unused]] const auto sent =
        ::sendto(socket.number(), ready.data(), ready.size(), MSG_NOSIGNAL,
                 reinterpret_cast<const struct sockaddr*>(&address), length);
    ::unsetenv(variable);
}

Result<ReadinessSocket> ReadinessSocket::open() {
    const std::string what = "cannot wait for a process to be ready";
    Descriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!socket.is_open()) return fail_with_errno(what, errno);
    struct sockaddr_un address {};
    address.sun_family = AF_UNIX;
    // The kernel gives it a name that nobody has (unix(7), autobind).
    socklen_t length = sizeof address.sun_family;
    const int on = 1;
    if (::setsockopt(socket.number(), SOL_SOCKET, SO_PASSCRED, &on, sizeof on) != 0 ||
        ::bind(socket.number(), reinterpret_cast<const struct sockaddr*>(&address), length) != 0)
        return fail_with_errno(what, errno);
    length = sizeof address;
    if (::getsockname(socket.number(), reinterpret_cast<struct sockaddr*>(&address), &length) != 0)
        return fail_with_errno(what, errno);
    const auto name = length - offsetof(struct sockaddr_un, sun_path);
    const std::string place = "@" + std::string(address.sun_path + 1, name - 1);
    if (::setenv(variable, place.c_str(), 1) != 0) return fail_with_errno(what, errno);
    return ReadinessSocket(std::move(socket));
}

ReadinessSocket::~ReadinessSocket() {
    if (socket_.is_open()) ::unsetenv(variable);
}

bool ReadinessSocket::is_told(std::chrono::milliseconds deadline) const {
    const auto end = std::chrono::steady_clock::now() + deadline;
    for (;;) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            end - std::chrono::steady_clock::now());
        if (left.count() <= 0) return false;
        struct pollfd wait {
            socket_.number(), POLLIN, 0
        };
        const int count = ::poll(&wait, 1, static_cast<int>(left.count()));
        if (count < 0 && errno != EINTR) return false;
        if (count > 0 && receives_ready(socket_.number())) return true;
    }
}

}  // namespace ctrlpass
