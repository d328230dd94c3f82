// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "iommu/descriptor.hpp"
#include "iommu/result.hpp"

namespace ctrlpass {

/// A process for something that may block in the kernel, where not even SIGKILL helps. It has none
/// of our descriptors (so it keeps no lock and no pipe of ours alive when it stays behind), and
/// signals that end a command from the terminal pass it by: the parent decides. What it writes to
/// the descriptor it is given can be read here.
class Child {
  public:
    static Result<Child> start(const std::string& what, const std::function<void(int)>& work);

    int process() const { return process_; }
    const Descriptor& answers() const { return answers_; }
    /// Has it ended before the deadline? Otherwise it is left alone.
    bool ends_in_time(std::chrono::milliseconds deadline) const;
    /// Waits for its end: its status, as of waitpid().
    int collect() const;

  private:
    Child(int process, Descriptor answers, Descriptor end)
        : process_(process), answers_(std::move(answers)), end_(std::move(end)) {}
    int process_;
    Descriptor answers_;
    Descriptor end_;
};

/// In a process of its own: of all descriptors only this one stays, as 3, and is closed when a
/// program is run. /dev/null takes the place of the standard ones: a file opened later must not be
/// found there by a library that writes to standard error. False when there is no /dev/null; then
/// they are closed.
bool keep_only(int descriptor);

/// What the work in a child came to: 0 or an errno, and what it read or has to say.
struct Answer {
    int error_number = 0;
    std::string text;  ///< at most 32 KiB of it arrive
};

/// Does one thing in such a process. Errors, all with `what`:
/// - `stuck`: no answer before the deadline; the error names the child, which is left alone
///   (`stuck_process` is it then);
/// - the child was killed, or ended without an answer: what it was to do is done or not done, so
///   this is never success. (Tests kill at an exact write with `strace -f -P PATH
///   -e inject=write:signal=KILL`: the signal hits this child. The whole of ctrlpass is killed at
///   an exact point by the same on a write to its ledger, which the parent does itself.)
Result<Answer> run_in_child(const std::string& what, const std::function<Answer()>& work,
                            std::chrono::milliseconds deadline, int* stuck_process = nullptr);

}  // namespace ctrlpass
