// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/commands/process_start.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>

namespace ctrlpass {

namespace {

/// Opened the wrong way round, so that its use fails as that of a closed one.
bool fill(int standard) {
    if (::fcntl(standard, F_GETFD) >= 0) return true;
    int filled = ::open("/dev/null", standard == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    // A root without /dev.
    if (filled < 0) filled = ::open("/", O_PATH);
    // The lowest that is free: those below it are there.
    return filled == standard;
}

}  // namespace

bool start_process() {
    for (const int signal : {SIGPIPE, SIGXFSZ}) std::signal(signal, SIG_IGN);
    return fill(STDIN_FILENO) && fill(STDOUT_FILENO) && fill(STDERR_FILENO);
}

}  // namespace ctrlpass
