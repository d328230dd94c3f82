// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <memory>
#include <optional>

#include "iommu/root.hpp"
#include "src/execute/execute.hpp"
#include "src/execute/live_machine.hpp"
#include "src/ledger/ledger.hpp"
#include "src/plan/gather.hpp"
#include "vfio/kernel.hpp"

namespace ctrlpass {

/// What a command that changes the machine came to.
struct Outcome {
    Plan plan;
    Report report;
    bool refused = false;  ///< by the plan's findings: nothing was touched

    int exit_code() const;
};

/// One run of such a command: it holds the lock of the whole tool, and the machine's seams.
class Session {
  public:
    /// Errors: another ctrlpass at work (`locked`), a ledger that cannot be read or written.
    static Result<std::unique_ptr<Session>> open(Root root, Kernel& kernel, GuestHosts guests,
                                                 const std::string& state);
    /// Use `open`.
    Session(Root root, Kernel& kernel, GuestHosts guests, LedgerDirectory ledger, std::string state,
            std::string boot);

    const Root& root() const { return root_; }
    const Recorded& recorded() const { return recorded_; }
    const std::string& boot() const { return boot_; }
    GuestHosts& guests() { return guests_; }
    /// SSH_CONNECTION of the caller, see ssh_session.hpp; "" unless told.
    const std::string& ssh_connection() const { return ssh_connection_; }
    void set_ssh_connection(std::string text) { ssh_connection_ = std::move(text); }
    Machine& machine() { return machine_; }
    Ledger& ledger() { return ledger_; }

    /// Finishes or undoes what an earlier run left unfinished; before anything else is done.
    /// Nothing where there was nothing. Errors: what was left cannot be put back
    /// (`unrecoverable`), or somebody holds it.
    Result<std::optional<Report>> recover();

    /// The ledgers again, after something was written.
    Result<> reread();

    /// A transaction starts: what it writes from now on has an id of its own.
    void start_transaction();
    /// The begin record of the transaction, for one of its profiles.
    BeginRecord begin(Verb verb) const;

    /// Groups of the functions that change hands which somebody holds although no process was
    /// seen: the last question, itself a short reservation.
    std::vector<Finding> ask_groups(const Host& host, const std::vector<Change>& changes);

  private:
    Root root_;
    Kernel& kernel_;
    GuestHosts guests_;
    LedgerDirectory ledger_;
    std::string state_;
    std::string boot_;
    std::string transaction_;
    std::string ssh_connection_;
    Recorded recorded_;
    LiveMachine machine_;
};

/// One transaction that makes all of these profiles so. Errors: facts that cannot be read, the same
/// name from another folder (`bad_input`). `may_lock_out`: the user accepts the loss of the root
/// disk and of the last way in.
Result<Outcome> apply_profiles(Session& session, const std::vector<Profile>& profiles,
                               bool may_lock_out = false);

/// One transaction back to the first states of these profiles.
Result<Outcome> roll_back(Session& session, const std::vector<std::string>& names);

}  // namespace ctrlpass
