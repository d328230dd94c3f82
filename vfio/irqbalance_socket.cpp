// SPDX-License-Identifier: GPL-2.0-or-later
#include "vfio/irqbalance_socket.hpp"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include "iommu/descriptor.hpp"
#include "iommu/lines.hpp"
#include "iommu/number.hpp"

namespace ctrlpass {

namespace {

/// It answers between two rounds, which take it a moment.
constexpr std::chrono::seconds patience{5};
/// A line for each interrupt that it spares.
constexpr std::size_t longest_answer = 1U << 20U;

using Clock = std::chrono::steady_clock;

/// Connecting waits as well, while its queue is full.
Result<> limit_waiting(int socket, const std::string& what) {
    const timeval limit{patience.count(), 0};
    for (const int option : {SO_SNDTIMEO, SO_RCVTIMEO})
        if (::setsockopt(socket, SOL_SOCKET, option, &limit, sizeof limit) != 0)
            return fail_with_errno(what, errno);
    return {};
}

/// The file, or where its directory is not there the abstract name that it takes then.
Result<> connect_to(int socket, const std::string& directory, int process,
                    const std::string& what) {
    const std::string name = "irqbalance" + std::to_string(process) + ".sock";
    for (const bool abstract : {false, true}) {
        const std::string path = abstract ? std::string(1, '\0') + name : directory + "/" + name;
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        if (path.size() >= sizeof address.sun_path) return fail(what, "its name is too long");
        std::ranges::copy(path, address.sun_path);
        const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() +
                                                 (abstract ? 0 : 1));
        if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), size) == 0) return {};
    }
    return fail_with_errno(what, errno);
}

/// The abstract name is anybody's to take. It is root, as we are.
Result<> check_who_answers(int socket, const std::string& what) {
    ucred other{};
    socklen_t size = sizeof other;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &other, &size) != 0)
        return fail_with_errno(what, errno);
    if (other.uid != ::geteuid()) return fail(what, "somebody else has its socket");
    return {};
}

/// It wants to see who asks, though the kernel would tell it as well.
Result<> send_with_credentials(int socket, const std::string& message, const std::string& what) {
    const ucred self{::getpid(), ::getuid(), ::getgid()};
    std::string text = message;
    iovec part{text.data(), text.size()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(ucred))> control{};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    cmsghdr* const credentials = CMSG_FIRSTHDR(&header);
    credentials->cmsg_level = SOL_SOCKET;
    credentials->cmsg_type = SCM_CREDENTIALS;
    credentials->cmsg_len = CMSG_LEN(sizeof self);
    std::memcpy(CMSG_DATA(credentials), &self, sizeof self);
    if (::sendmsg(socket, &header, MSG_NOSIGNAL) < 0) return fail_with_errno(what, errno);
    return {};
}

/// Until it closes the connection.
Result<std::string> receive(int socket, Clock::time_point deadline, const std::string& what) {
    std::string answer;
    std::array<char, 4096> buffer;
    for (;;) {
        const ssize_t count = ::recv(socket, buffer.data(), buffer.size(), 0);
        if (count == 0) return answer;
        const bool late = Clock::now() > deadline;
        if (late || (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)))
            return fail(what, "it does not answer");
        if (count < 0 && errno != EINTR) return fail_with_errno(what, errno);
        if (count > 0) answer.append(buffer.data(), static_cast<std::size_t>(count));
        if (answer.size() > longest_answer) return fail(what, "its answer has no end");
    }
}

}  // namespace

IrqbalanceSocket::IrqbalanceSocket(int process, std::string directory)
    : process_(process), directory_(std::move(directory)) {}

Result<std::string> IrqbalanceSocket::ask(const std::string& message) const {
    const std::string what = "cannot talk to irqbalance (process " + std::to_string(process_) + ")";
    const Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!socket.is_open()) return fail_with_errno(what, errno);
    const auto deadline = Clock::now() + patience;
    TRY(limit_waiting(socket.number(), what));
    TRY(connect_to(socket.number(), directory_, process_, what));
    TRY(check_who_answers(socket.number(), what));
    TRY(send_with_credentials(socket.number(), message, what));
    return receive(socket.number(), deadline, what);
}

/// "SLEEP 10 IRQ 4 LOAD 0 DIFF 0 CLASS 0 IRQ 9 … BANNED 00000000".
Result<std::set<int>> IrqbalanceSocket::banned() const {
    const auto words = words_of(TRY(ask("setup")));
    if (words.empty() || words.front() != "SLEEP")
        return fail("cannot talk to irqbalance", "its answer is not understood");
    std::set<int> interrupts;
    for (std::size_t i = 0; i + 1 < words.size(); ++i)
        if (words[i] == "IRQ")
            if (const auto number = number_in<int>(words[i + 1])) interrupts.insert(*number);
    return interrupts;
}

Result<> IrqbalanceSocket::ban(const std::set<int>& interrupts) const {
    std::string message = "settings ban irqs";
    for (const int number : interrupts) message += " " + std::to_string(number);
    if (interrupts.empty()) message += " NONE";
    TRY(ask(message));
    return {};
}

}  // namespace ctrlpass
