// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "src/commands.hpp"
#include "src/execute.hpp"
#include "src/gather.hpp"
#include "src/live_machine.hpp"

namespace ctrlpass {

/// One run of a command that changes the machine: it is root's, holds the lock of the whole tool,
/// and has finished or undone what an earlier run left unfinished.
class Session {
  public:
    /// Errors: not root (`denied`), another ctrlpass at work (`locked`), a ledger that cannot be
    /// read or written, and an earlier run's leftovers that cannot be put back (`unrecoverable`) or
    /// that a guest holds.
    static Result<std::unique_ptr<Session>> open(const Options& options, const Console& console);

    /// Use `open`.
    Session(Root root, LedgerDirectory ledger, std::string state, std::string boot);

    const Root& root() const { return root_; }
    const Recorded& recorded() const { return recorded_; }
    const std::string& boot() const { return boot_; }
    GuestHosts& guests() { return guests_; }
    Kernel& kernel() { return kernel_; }
    Machine& machine() { return machine_; }
    Ledger& ledger() { return ledger_; }

    /// The ledgers again, after something was written.
    Result<> reread();

    /// The begin record of a transaction that starts now; the same id for every profile.
    BeginRecord begin(Verb verb) const;

    /// Groups of the functions that change hands which somebody holds although no process was
    /// seen: the last question, itself a short reservation.
    std::vector<Finding> ask_groups(const Host& host, const std::vector<Change>& changes);

  private:
    Result<> recover(const Console& console);

    Root root_;
    LedgerDirectory ledger_;
    std::string state_;
    std::string boot_;
    std::string transaction_;
    Recorded recorded_;
    GuestHosts guests_;
    LiveKernel kernel_;
    LiveMachine machine_;
};

}  // namespace ctrlpass
