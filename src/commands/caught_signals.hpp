// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <array>
#include <csignal>
#include <optional>

#include "iommu/result.hpp"

namespace ctrlpass {

/// While it lives, the signals that end a command (SIGHUP, SIGINT, SIGTERM) are only noticed: ended
/// in the middle, ctrlpass would leave a function without a driver. Every write has its deadline,
/// so this does not last. Those that stop a job (SIGTSTP, SIGTTIN, SIGTTOU) are ignored: stopped,
/// it would keep the lock from the way back that waits for it. Ignored signals (nohup) stay
/// ignored. Handlers and not a mask, because libvirt has threads of its own.
class CaughtSignals {
  public:
    CaughtSignals();
    CaughtSignals(const CaughtSignals&) = delete;
    CaughtSignals& operator=(const CaughtSignals&) = delete;
    ~CaughtSignals();

    /// What has come since the outermost of them was made, as the reason to go back.
    static std::optional<Error> interruption();

  private:
    static constexpr std::array<int, 6> signals{SIGHUP, SIGINT, SIGTERM, SIGTSTP, SIGTTIN, SIGTTOU};
    std::array<struct sigaction, signals.size()> before_{};
};

}  // namespace ctrlpass
