// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/commands/stream.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace ctrlpass {

namespace {

/// poll(2) says that a pipe can be written to when it has room for this much (PIPE_BUF).
constexpr std::size_t room = 4096;

}  // namespace

void Stream::write(std::string_view text) {
    begun_ = begun_ || !text.empty();
    while (!text.empty() && error_number_ == 0) {
        if (!wait()) {
            error_number_ = ETIMEDOUT;
            return;
        }
        const ssize_t count = ::write(descriptor_, text.data(), std::min(text.size(), room));
        if (count >= 0)
            text.remove_prefix(static_cast<std::size_t>(count));
        else if (errno != EINTR && errno != EAGAIN)
            error_number_ = errno;
    }
}

/// Whatever is wrong with the descriptor, the write will tell.
bool Stream::wait() const {
    using Clock = std::chrono::steady_clock;
    const auto end = Clock::now() + patience_.value_or(std::chrono::milliseconds(0));
    for (;;) {
        struct pollfd ready {
            descriptor_, POLLOUT, 0
        };
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now()).count();
        const int timeout = patience_ ? static_cast<int>(std::max<std::int64_t>(left, 0)) : -1;
        const int count = ::poll(&ready, 1, timeout);
        if (count == 0) return false;
        if (count > 0 || errno != EINTR) return true;
    }
}

}  // namespace ctrlpass
