// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "src/commands.hpp"
#include "src/session.hpp"

namespace ctrlpass {

/// The session of a command that changes this machine: only root's, and after what an earlier run
/// left unfinished has been put right (and said).
Result<std::unique_ptr<Session>> open_session(const Options& options, Kernel& kernel,
                                              const Console& console);

/// Prints what was done or why not, with `closing` as the last lines, and returns the exit code.
int print_outcome(const std::string& command, const Outcome& outcome, const std::string& closing,
                  const Console& console);

}  // namespace ctrlpass
