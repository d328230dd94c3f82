// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/commands/awaited.hpp"

#include "src/execute/execute.hpp"
#include "src/ledger/tool_lock.hpp"
#include "src/plan/gather.hpp"
#include "src/plan/planner.hpp"

namespace ctrlpass {

std::string awaited(const std::string& profile, const Root& root, const std::string& state,
                    const Recorded& recorded, Machine& machine, GuestHosts& guests) {
    if (const auto holder = lock_holder(state))
        return shown(*holder) + " has the lock of ctrlpass" +
               (holder->since.empty() ? "" : " since " + holder->since);
    const std::string boot = root.attribute("proc/sys/kernel/random/boot_id").value_or("");
    const auto way_back = plan_recovery({profile}, recorded, boot, machine);
    const auto facts = gather_for_way_back(root, way_back.plan.changes, recorded, guests);
    if (!facts) return facts.error().what;
    const auto findings = judge_way_back(*facts, way_back.plan.changes);
    return findings.empty() ? "" : findings.front().message;
}

}  // namespace ctrlpass
