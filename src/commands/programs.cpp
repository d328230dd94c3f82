// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/commands/programs.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <filesystem>

#include "iommu/child.hpp"
#include "iommu/descriptor.hpp"

namespace ctrlpass {

namespace {

constexpr const char* own_image = "/proc/self/exe";
/// Of a program whose words are read; an answer has no room for more.
constexpr std::size_t longest_output = 30000;

std::vector<char*> pointers_to(Words& words) {
    std::vector<char*> pointers;
    for (std::string& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    return pointers;
}

/// What ctrlpass ignores (process_start.hpp) would stay ignored in the program.
void default_signals() {
    for (const int signal : {SIGPIPE, SIGXFSZ}) std::signal(signal, SIG_DFL);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

/// Allocates nothing: an exception must not unwind into what the parent does.
[[noreturn]] void become(const std::vector<char*>& pointers, bool is_own, int pipe) {
    default_signals();
    const bool moved = ::chdir("/") == 0;
    const bool kept = keep_only(pipe);
    if (moved && kept) {
        ::execvp(pointers.front(), pointers.data());
        // The program on disk was replaced meanwhile; this is what runs now.
        if (is_own) ::execv(own_image, pointers.data());
    }
    const int number = errno;
    const auto told = ::write(3, &number, sizeof number);
    ::_exit(told == sizeof number ? 127 : 126);
}

}  // namespace

std::string own_path() {
    std::error_code error;
    return std::filesystem::read_symlink(own_image, error).string();
}

bool runs_systemd() {
    std::error_code error;
    return std::filesystem::is_directory("/run/systemd/system", error);
}

Result<> run_program(Words words, std::chrono::milliseconds deadline) {
    TRY(output_of(std::move(words), deadline));
    return {};
}

Result<std::string> output_of(Words words, std::chrono::milliseconds deadline) {
    const std::string what = "cannot run " + words.front();
    const auto answer = TRY(run_in_child(
        what,
        [&]() -> Answer {
            const auto pointers = pointers_to(words);
            std::array<int, 2> ends{};
            if (::pipe2(ends.data(), O_CLOEXEC) != 0) return {errno, {}};
            Descriptor reading(ends[0]);
            Descriptor writing(ends[1]);
            const pid_t program = ::fork();
            if (program < 0) return {errno, {}};
            if (program == 0) {
                default_signals();
                ::dup2(writing.number(), STDOUT_FILENO);
                ::execvp(pointers.front(), pointers.data());
                ::_exit(127);
            }
            writing.close();
            const auto text = read_all(reading, what, longest_output);
            // One that says more ends at its next word.
            reading.close();
            int status = 0;
            while (::waitpid(program, &status, 0) < 0 && errno == EINTR) continue;
            const bool succeeded = text && WIFEXITED(status) && WEXITSTATUS(status) == 0;
            return {succeeded ? 0 : ECHILD, text.value_or("")};
        },
        deadline));
    if (answer.error_number != 0) return fail(what, "it did not succeed");
    return answer.text;
}

Result<> start_detached(Words words) {
    const std::string what = "cannot start " + words.front();
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail_with_errno(what, errno);
    const Descriptor reading(ends[0]);
    Descriptor writing(ends[1]);
    const bool is_own = words.front() == own_path();
    const auto pointers = pointers_to(words);
    const pid_t middle = ::fork();
    if (middle < 0) return fail_with_errno(what, errno);
    if (middle == 0) {
        ::setsid();
        const pid_t last = ::fork();
        if (last == 0) become(pointers, is_own, writing.number());
        ::_exit(last < 0 ? 1 : 0);
    }
    writing.close();
    int status = 0;
    while (::waitpid(middle, &status, 0) < 0 && errno == EINTR) continue;
    int number = 0;
    ssize_t count = 0;
    while ((count = ::read(reading.number(), &number, sizeof number)) < 0 && errno == EINTR)
        continue;
    if (count > 0) return fail_with_errno(what, number);
    if (count < 0 || status != 0) return fail(what);
    return {};
}

}  // namespace ctrlpass
