// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "src/execute/machine.hpp"
#include "src/ledger/ledger.hpp"
#include "src/plan/plan.hpp"

namespace ctrlpass {

/// A setting that could not be put back.
struct Stuck {
    std::string profile;
    std::string setting;
    std::string reason;
    bool operator==(const Stuck&) const = default;
};

/// What was done. Exit code: 0 without a failure, 1 where everything is as it was, 5 with stuck
/// settings.
struct Report {
    std::vector<std::string> done;      ///< settings written and verified, in order
    std::vector<std::string> restored;  ///< settings put back after a failure or by a rollback
    std::vector<Stuck> stuck;
    std::optional<Error> failure;  ///< why an apply was undone
    bool changed = false;          ///< is the machine another than before the command?
    void add(const Report& other);
};

/// Does what the plan says or puts everything back. `begin` has the begin record of each profile
/// of the plan.
Report execute_apply(const Plan& plan, const std::map<std::string, BeginRecord>& begin,
                     const Recorded& recorded, Machine& machine, Ledger& ledger);

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

/// What an unfinished transaction needs: an apply is undone (or committed, where the same
/// transaction is committed in another ledger), a rollback finished.
RollbackPlan plan_recovery(const Recorded& recorded, const std::string& boot, Machine& machine);
Report execute_recovery(const RollbackPlan& plan, const Recorded& recorded, Machine& machine,
                        Ledger& ledger);

}  // namespace ctrlpass
