// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/commands/unsettled.hpp"

#include <algorithm>

#include "src/execute/execute.hpp"
#include "src/execute/way_back.hpp"

namespace ctrlpass {

namespace {

std::vector<Setting> named_in(const Plan& plan) {
    std::vector<Setting> settings;
    for (const Change& change : plan.changes) settings.push_back(change.setting);
    for (const Hold& hold : plan.holds) settings.push_back(hold.setting);
    return settings;
}

bool is_all_confirmed(const Plan& plan, const Recorded& recorded) {
    return std::ranges::all_of(plan.profiles, [&](const std::string& profile) {
        const auto ledger = recorded.find(profile);
        return ledger != recorded.end() && ledger->second.is_confirmed();
    });
}

}  // namespace

Unsettled unsettled_for(const Plan& plan, const Recorded& recorded, const Moment& now) {
    Unsettled unsettled;
    Recorded settled = recorded;
    for (const std::string& name : unfinished_profiles(recorded, now)) {
        const BeginRecord& begin = recorded.at(name).unfinished->begin;
        const bool apply = begin.verb == Verb::apply;
        unsettled.interrupted.push_back((apply ? "an apply of " : "a rollback of ") + name +
                                        " is unfinished (" + begin.time + "): apply " +
                                        (apply ? "puts it back" : "finishes it") +
                                        " first, and may then have more to change");
        settled.at(name).unfinished.reset();
    }
    if (plan.is_refused() || (plan.changes.empty() && is_all_confirmed(plan, recorded)))
        return unsettled;
    auto free = check_finished(plan.profiles, settled);
    if (free) free = check_apart(named_in(plan), plan.profiles, settled, now.boot);
    if (!free) unsettled.waits = free.error();
    return unsettled;
}

}  // namespace ctrlpass
