// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/commands/write_through.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <climits>
#include <csignal>
#include <string_view>

namespace ctrlpass {

namespace {

/// A reader that goes is an error, not our end.
class WithoutPipeSignal {
  public:
    WithoutPipeSignal() {
        struct sigaction ignore {};
        ignore.sa_handler = SIG_IGN;
        ::sigaction(SIGPIPE, &ignore, &before_);
    }
    WithoutPipeSignal(const WithoutPipeSignal&) = delete;
    WithoutPipeSignal& operator=(const WithoutPipeSignal&) = delete;
    ~WithoutPipeSignal() { ::sigaction(SIGPIPE, &before_, nullptr); }

  private:
    struct sigaction before_ {};
};

/// No more at once than a pipe with room takes whole: the descriptor may be one that waits, and its
/// mode is shared with other processes.
Result<> write_in_time(int file, std::string_view text, const std::string& what) {
    using Clock = std::chrono::steady_clock;
    const auto end = Clock::now() + std::chrono::seconds(1);
    const WithoutPipeSignal guard;
    while (!text.empty()) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now());
        pollfd wanted{file, POLLOUT, 0};
        const int ready = ::poll(&wanted, 1, static_cast<int>(std::max<long>(left.count(), 0)));
        if (ready < 0 && errno == EINTR) continue;
        if (ready < 0) return fail_with_errno(what, errno);
        if (ready == 0 || left.count() <= 0) return fail(what, "its reader takes nothing");
        const auto count = ::write(file, text.data(), std::min<std::size_t>(text.size(), PIPE_BUF));
        if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
        if (count < 0) return fail_with_errno(what, errno);
        text.remove_prefix(static_cast<std::size_t>(count));
    }
    return {};
}

}  // namespace

Result<> write_through(const Descriptor& there, const std::string& text, const std::string& what) {
    const std::string name = "/proc/self/fd/" + std::to_string(there.number());
    const Descriptor file(::open(name.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (!file.is_open() && errno == ENXIO) return fail(what, "it is a pipe that nobody reads");
    if (!file.is_open()) return fail_with_errno(what, errno);
    return write_in_time(file.number(), text, what);
}

Result<> write_to_standard_output(const std::string& text, const std::string& what) {
    return write_in_time(STDOUT_FILENO, text, what);
}

}  // namespace ctrlpass
