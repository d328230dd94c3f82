// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/commands/caught_signals.hpp"

#include <cstring>

namespace ctrlpass {

namespace {

// A handler has nothing else to write to.
volatile std::sig_atomic_t caught_signal = 0;
int depth = 0;

void notice(int signal) { caught_signal = signal; }

}  // namespace

CaughtSignals::CaughtSignals() {
    if (depth++ == 0) caught_signal = 0;
    struct sigaction action {};
    action.sa_flags = SA_RESTART;
    ::sigemptyset(&action.sa_mask);
    for (std::size_t i = 0; i < signals.size(); ++i) {
        ::sigaction(signals[i], nullptr, &before_[i]);
        const bool ends = signals[i] != SIGTSTP && signals[i] != SIGTTIN && signals[i] != SIGTTOU;
        action.sa_handler = ends ? notice : SIG_IGN;
        if (before_[i].sa_handler != SIG_IGN) ::sigaction(signals[i], &action, nullptr);
    }
}

CaughtSignals::~CaughtSignals() {
    for (std::size_t i = 0; i < signals.size(); ++i) ::sigaction(signals[i], &before_[i], nullptr);
    --depth;
}

std::optional<Error> CaughtSignals::interruption() {
    if (caught_signal == 0) return std::nullopt;
    return Error{"interrupted", std::string("by SIG") + ::sigabbrev_np(caught_signal), {}};
}

}  // namespace ctrlpass
