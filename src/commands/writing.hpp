// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <functional>

#include "src/commands/commands.hpp"
#include "src/commands/session.hpp"

namespace ctrlpass {

/// Others are told before anything is read.
Result<> require_root();

/// The session of a command that changes this machine: only root's, and after what an earlier run
/// left unfinished has been put right (and said).
Result<std::unique_ptr<Session>> open_session(const Options& options, Kernel& kernel,
                                              const Console& console);

/// A transaction over some profiles, and what to say in the end.
struct Transaction {
    std::string command;
    std::function<Result<Outcome>()> run;
    /// With --all and at boot: the exit code is the worst of them, and a bad profile is a failure,
    /// however many there are.
    bool of_all = false;
};

/// Runs the transactions one after the other, prints what each did or why not, with `--json` one
/// document for all. `earlier` is what the session had to put right before. Returns the worst exit
/// code.
int run_transactions(const std::vector<Transaction>& transactions, const Console& console,
                     const std::function<std::string(const Outcome&)>& closing,
                     const Report& earlier = {});

}  // namespace ctrlpass
