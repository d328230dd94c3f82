// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/child.hpp"

#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>
#include <utility>

#include "iommu/descriptor.hpp"

namespace ctrlpass {

namespace {

/// The child's answer goes into an empty pipe of 64 KiB, so it never blocks on us.
constexpr std::size_t longest_text = 32768;

void pass_signals_by() {
    sigset_t set;
    ::sigemptyset(&set);
    for (const int signal : {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGPIPE})
        ::sigaddset(&set, signal);
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

/// glibc 2.36 declares pidfd_open() without extern "C".
int open_process(pid_t process) { return static_cast<int>(::syscall(SYS_pidfd_open, process, 0)); }

std::optional<Answer> read_answer(int pipe) {
    std::string message;
    std::array<char, 4096> buffer;
    for (;;) {
        const ssize_t count = ::read(pipe, buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) break;
        message.append(buffer.data(), static_cast<std::size_t>(count));
    }
    Answer answer;
    if (message.size() < sizeof answer.error_number) return std::nullopt;
    std::memcpy(&answer.error_number, message.data(), sizeof answer.error_number);
    answer.text = message.substr(sizeof answer.error_number);
    return answer;
}

std::string shown(std::chrono::milliseconds time) {
    return time.count() % 1000 == 0 ? std::to_string(time.count() / 1000) + " s"
                                    : std::to_string(time.count()) + " ms";
}

void answer_with(const std::function<Answer()>& work, int pipe) {
    const Answer answer = work();
    std::string message(sizeof answer.error_number, '\0');
    std::memcpy(message.data(), &answer.error_number, sizeof answer.error_number);
    message.append(answer.text, 0, longest_text);
    if (::write(pipe, message.data(), message.size()) != static_cast<ssize_t>(message.size()))
        ::_exit(1);
}

}  // namespace

bool keep_only(int descriptor) {
    if (descriptor != 3) ::dup2(descriptor, 3);
    const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int standard = 0; standard < 3; ++standard) {
        if (null < 0)
            ::close(standard);
        else
            ::dup2(null, standard);
    }
    ::close_range(4, ~0U, 0);
    ::fcntl(3, F_SETFD, FD_CLOEXEC);
    return null >= 0;
}

Result<Child> Child::start(const std::string& what, const std::function<void(int)>& work) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail_with_errno(what, errno);
    Descriptor reading(ends[0]);
    const Descriptor writing(ends[1]);
    const pid_t parent = ::getpid();
    const pid_t child = ::fork();
    if (child < 0) return fail_with_errno(what, errno);
    if (child == 0) {
        // Without the one who asked, nothing more is to be done.
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() != parent) ::_exit(1);
        pass_signals_by();
        keep_only(writing.number());
        // An exception must not unwind into what the parent does.
        try {
            work(3);
        } catch (...) {
            ::_exit(1);
        }
        ::_exit(0);
    }
    Descriptor end(open_process(child));
    if (!end.is_open()) return fail_with_errno(what, errno);
    return Child(child, std::move(reading), std::move(end));
}

bool Child::ends_in_time(std::chrono::milliseconds deadline) const {
    using Clock = std::chrono::steady_clock;
    const auto time = Clock::now() + deadline;
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(time - Clock::now()).count();
        struct pollfd wait {
            end_.number(), POLLIN, 0
        };
        const int ready = ::poll(&wait, 1, left > 0 ? static_cast<int>(left) : 0);
        if (ready > 0) return true;
        if (ready == 0 || errno != EINTR) return false;
    }
}

int Child::collect() const {
    int status = 0;
    while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) continue;
    return status;
}

Result<Answer> run_in_child(const std::string& what, const std::function<Answer()>& work,
                            std::chrono::milliseconds deadline, int* stuck_process) {
    const Child child = TRY(Child::start(what, [&](int pipe) { answer_with(work, pipe); }));
    if (!child.ends_in_time(deadline)) {
        if (stuck_process != nullptr) *stuck_process = child.process();
        return fail(what,
                    "it did not come back within " + shown(deadline) + " and goes on in process " +
                        std::to_string(child.process()),
                    {}, Trouble::stuck);
    }
    const int status = child.collect();
    if (WIFSIGNALED(status))
        return fail(what, "the process that did it was killed by signal " +
                              std::to_string(WTERMSIG(status)) +
                              ": it is not known whether it was done");
    auto answer = read_answer(child.answers().number());
    if (!answer)
        return fail(what,
                    "the process that did it gave no answer: it is not known whether it was done");
    return std::move(*answer);
}

}  // namespace ctrlpass
