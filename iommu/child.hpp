// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "iommu/result.hpp"

namespace ctrlpass {

/// What the work in a child came to: 0 or an errno, and what it read or has to say.
struct Answer {
    int error_number = 0;
    std::string text;  ///< at most 32 KiB of it arrive
};

/// Does something that may block in the kernel, where not even SIGKILL helps, in a child of its
/// own. The child has none of our descriptors (so it keeps no lock and no pipe of ours alive when
/// it stays behind), and signals that end a command from the terminal pass it by: the parent
/// decides. Errors, all with `what`:
/// - `stuck`: no answer before the deadline; the error names the child, which is left alone;
/// - the child was killed, or ended without an answer: what it was to do is done or not done, so
///   this is never success. (Tests kill at an exact write with `strace -f -P PATH
///   -e inject=write:signal=KILL`: the signal hits this child. The whole of ctrlpass is killed at
///   an exact point by the same on a write to its ledger, which the parent does itself.)
Result<Answer> run_in_child(const std::string& what, const std::function<Answer()>& work,
                            std::chrono::milliseconds deadline);

}  // namespace ctrlpass
