// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

namespace ctrlpass::tests {

struct Run {
    int code = -1;       ///< the exit code, or 128 and the signal
    std::string output;  ///< both streams
};

/// Runs a command by a shell.
Run run_command(const std::string& command);

}  // namespace ctrlpass::tests
