// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "src/execute/machine.hpp"
#include "src/ledger/ledger.hpp"
#include "src/pins/live.hpp"
#include "src/plan/plan.hpp"

namespace ctrlpass {

/// A setting that could not be put back.
struct Stuck {
    std::string profile;
    std::string setting;
    std::string reason;  ///< lines
    bool operator==(const Stuck&) const = default;
};

/// What was done. Exit code: 0 without a failure, 1 where everything is as it was, 5 with stuck
/// settings.
struct Report {
    std::vector<std::string> done;      ///< settings written and verified, in order
    std::vector<std::string> restored;  ///< settings put back after a failure or by a rollback
    std::vector<Stuck> stuck;
    std::optional<Error> failure;     ///< why an apply was undone
    bool changed = false;             ///< is the machine another than before the command?
    bool waits = false;               ///< all is done and waits to be confirmed
    std::int64_t confirm_within = 0;  ///< seconds from then
    bool held = false;  ///< something is stuck only as long as somebody holds the function
    LiveReport live;    ///< of guests that run, after an apply
    void add(const Report& other);
};

/// What an apply asks of the world around it.
struct Conduct {
    /// Why it is to stop and put everything back ("interrupted"); asked before each change.
    std::function<std::optional<Error>()> interrupted = [] { return std::optional<Error>(); };
    /// Until when a pending apply waits to be confirmed; asked when its changes are made.
    std::function<std::int64_t()> wait_until = [] { return std::int64_t{0}; };
};

/// Does what the plan says or puts everything back. `begin` has the begin record of each profile
/// of the plan; where they are pending, all is done and the commit is left to whoever confirms.
Report execute_apply(const Plan& plan, const std::map<std::string, BeginRecord>& begin,
                     const Recorded& recorded, Machine& machine, Ledger& ledger,
                     const Conduct& conduct = {});

/// The way back for these profiles, from the ledger alone: what each setting is now against what
/// was recorded. Settings that another profile claims with the same state stay and become the
/// other's; bindings of another boot are void. Foreign states are `stuck`, not changes.
struct RollbackPlan {
    Plan plan;  ///< changes in the order of rollback: up the ranks
    std::vector<Stuck> stuck;
    std::vector<Setting> back;  ///< what is as it was already: the claim on it ends
};
RollbackPlan plan_rollback(const std::vector<std::string>& profiles, const Recorded& recorded,
                           const std::string& boot, Machine& machine);
Report execute_rollback(const RollbackPlan& plan, const std::map<std::string, BeginRecord>& begin,
                        const Recorded& recorded, Machine& machine, Ledger& ledger);

/// May the profile's unfinished apply still be confirmed? Not when that of another profile of the
/// same transaction may not.
bool is_waiting(const std::string& profile, const Recorded& recorded, const Moment& now);

/// The profiles with a transaction that has to be undone or finished: all that are unfinished and
/// do not wait.
std::vector<std::string> unfinished_profiles(const Recorded& recorded, const Moment& now);

/// What the unfinished transactions of these profiles need: an apply is undone (or committed, where
/// the same transaction is committed in another ledger), a rollback finished. An apply that waits
/// can no longer be confirmed when its way back begins.
RollbackPlan plan_recovery(const std::vector<std::string>& profiles, const Recorded& recorded,
                           const std::string& boot, Machine& machine);
Report execute_recovery(const RollbackPlan& plan, const Recorded& recorded, Machine& machine,
                        Ledger& ledger);

}  // namespace ctrlpass
