// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <csignal>

namespace ctrlpass {

/// While it lives, the signals that end a command wait. Every write has its deadline, so this does
/// not last; ended in the middle, ctrlpass would leave a function without a driver.
class SignalsHeld {
  public:
    SignalsHeld() {
        sigset_t ending;
        ::sigemptyset(&ending);
        for (const int signal : {SIGHUP, SIGINT, SIGTERM}) ::sigaddset(&ending, signal);
        ::pthread_sigmask(SIG_BLOCK, &ending, &before_);
    }
    SignalsHeld(const SignalsHeld&) = delete;
    SignalsHeld& operator=(const SignalsHeld&) = delete;
    ~SignalsHeld() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

  private:
    sigset_t before_{};
};

}  // namespace ctrlpass
