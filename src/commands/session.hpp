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

/// By the clock that nobody sets and that runs on while the machine sleeps.
std::int64_t seconds_since_boot();

/// What a command that changes the machine came to.
struct Outcome {
    Plan plan;
    Report report;
    bool refused = false;      ///< by the plan's findings: nothing was touched
    std::string pending;       ///< the transaction that waits to be confirmed
    bool interrupted = false;  ///< by a signal: what was to come next does not

    int exit_code() const;
};

/// One run of such a command: it holds the lock of the whole tool, and the machine's seams.
class Session {
  public:
    /// Errors: another ctrlpass at work (`locked`), a state directory that cannot be read or
    /// written.
    static Result<std::unique_ptr<Session>> open(Root root, Kernel& kernel, GuestHosts guests,
                                                 const std::string& state);
    /// The same with the ledger of `state`, open already.
    static Result<std::unique_ptr<Session>> open(
        Root root, Kernel& kernel, GuestHosts guests, const std::string& state,
        std::unique_ptr<Ledger> ledger, std::unique_ptr<Disk> disk = std::make_unique<Disk>());
    /// Use `open`.
    Session(Root root, Kernel& kernel, GuestHosts guests, std::unique_ptr<Ledger> ledger,
            std::unique_ptr<Disk> disk, std::string state, std::string boot);

    const Root& root() const { return root_; }
    const Recorded& recorded() const { return recorded_; }
    const std::string& boot() const { return boot_; }
    GuestHosts& guests() { return guests_; }
    /// SSH_CONNECTION of the caller, see ssh_session.hpp; "" unless told.
    const std::string& ssh_connection() const { return ssh_connection_; }
    void set_ssh_connection(std::string text) { ssh_connection_ = std::move(text); }
    Machine& machine() { return machine_; }
    Kernel& kernel() { return kernel_; }
    const std::string& state() const { return state_; }
    Ledger& ledger() { return *ledger_; }

    /// Finishes or undoes what an earlier run left unfinished; before anything else is done.
    /// Nothing where there was nothing. What hangs, is held by somebody or cannot be put back is
    /// `stuck` in the report: those profiles stay as they are, the others can go on. What waits to
    /// be confirmed is left alone until its time is over.
    Result<std::optional<Report>> recover();

    /// The same for these profiles, whether they wait or not.
    Result<Report> put_right(const std::vector<std::string>& profiles);

    /// What `recover` did.
    const Report& recovery() const { return recovery_; }

    /// Why `recover` could not put this profile right, or nothing.
    std::vector<Stuck> left_of(const std::vector<std::string>& profiles) const;

    /// This moment of this boot.
    Moment now() const;

    /// The ledgers again, after something was written.
    Result<> reread();
    /// The same after a transaction, which stands whether they can be read or not: where they
    /// cannot, `catch_up` is the next one's error.
    void reread_later();
    Result<> catch_up();

    /// A transaction starts: what it writes from now on has an id of its own.
    void start_transaction();
    const std::string& transaction() const { return transaction_; }
    /// The begin record of the transaction, for one of its profiles.
    BeginRecord begin(Verb verb) const;

    /// Groups of the functions that change hands which somebody holds although no process was
    /// seen: the last question, itself a short reservation.
    std::vector<Finding> ask_groups(const Host& host, const std::vector<Change>& changes);

    /// All questions that wait until nothing else stands in the way: of groups, then of disks.
    std::vector<Finding> ask_last(const Host& host, const std::vector<Change>& changes,
                                  const std::vector<Finding>& known);

  private:
    Root root_;
    Kernel& kernel_;
    GuestHosts guests_;
    std::unique_ptr<Ledger> ledger_;
    std::unique_ptr<Disk> disk_;
    std::string state_;
    std::string boot_;
    std::string transaction_;
    std::string ssh_connection_;
    Recorded recorded_;
    bool is_behind_ = false;  ///< `recorded_`, of what is on disk
    Report recovery_;
    LiveMachine machine_;
};

/// What a command says of profiles that `recover` could not put right.
Error left_unfinished();

/// How an apply is to wait for its confirmation.
struct Confirmation {
    std::int64_t seconds = 0;
    /// Provides for the way back of this transaction, before anything is changed.
    std::function<Result<>(const std::string& transaction)> arm;
};

/// What the command line adds to the profiles.
struct ApplyChoices {
    bool may_lock_out = false;  ///< the user accepts the loss of the root disk, of the last way in
    std::optional<Confirmation> confirmation;
    bool at_boot = false;  ///< nobody is asked, and libvirt is not there yet
    /// Another reason to stop and put everything back, besides signals; asked before each change.
    std::function<std::optional<Error>()> stop;
};

std::vector<std::string> names_of(const std::vector<Profile>& profiles);

/// Error: a signal came. What is not begun of an apply is not begun any more.
Result<> may_begin(const std::vector<std::string>& profiles);

/// The same NAME from another folder is another profile: `bad_input` while the first is applied.
Result<> check_same_path(const std::vector<Profile>& profiles, const Recorded& recorded);

/// One transaction that makes all of these profiles so. Errors: facts that cannot be read, the same
/// name from another folder (`bad_input`), a way back that cannot be provided for.
Result<Outcome> apply_profiles(Session& session, const std::vector<Profile>& profiles,
                               const ApplyChoices& choices = {});

/// The same of facts that are gathered.
Result<Outcome> apply_facts(Session& session, Facts facts, const ApplyChoices& choices = {});

/// The same of a plan that was made of them.
Result<Outcome> apply_plan(Session& session, const Facts& facts, Plan plan,
                           const ApplyChoices& choices);

/// Back to what was before the unfinished applies of these profiles.
Result<Outcome> undo(Session& session, const std::vector<std::string>& profiles);

/// libvirt of a command that changes something: it has --deadline for each answer where that is
/// shorter than libvirt's own, otherwise a little more than that, whose message says more.
GuestHosts guests_within(int deadline);

/// What is left where the ledgers of these profiles are broken.
std::vector<Stuck> left_for_broken_ledgers(const std::vector<std::string>& names,
                                           const Recorded& recorded);

/// One transaction back to the first states of these profiles; before that, what waits to be
/// confirmed is undone. A profile whose ledger is broken is left, and stuck.
Result<Outcome> roll_back(Session& session, const std::vector<std::string>& names);

}  // namespace ctrlpass
