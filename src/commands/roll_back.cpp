// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/commands/session.hpp"
#include "src/commands/signals_held.hpp"
#include "src/plan/planner.hpp"

namespace ctrlpass {

Result<Outcome> roll_back(Session& session, const std::vector<std::string>& asked) {
    std::vector<std::string> names;
    for (const std::string& name : asked)
        if (session.recorded().at(name).is_applied()) names.push_back(name);
    if (names.empty()) return Outcome{};
    RollbackPlan way_back =
        plan_rollback(names, session.recorded(), session.boot(), session.machine());
    const Facts facts = TRY(gather_for_way_back(session.root(), way_back.plan.changes,
                                                session.recorded(), session.guests()));
    Plan& plan = way_back.plan;
    plan.findings = judge_way_back(facts, plan.changes);
    if (!plan.is_refused()) plan.findings = session.ask_groups(facts.host, plan.changes);
    Outcome outcome{.plan = plan, .report = {}, .refused = plan.is_refused()};
    if (outcome.refused) return outcome;
    session.start_transaction();
    const SignalsHeld held;
    std::map<std::string, BeginRecord> begin;
    for (const std::string& name : names) begin[name] = session.begin(Verb::rollback);
    outcome.report =
        execute_rollback(way_back, begin, session.recorded(), session.machine(), session.ledger());
    TRY(session.reread());
    return outcome;
}

}  // namespace ctrlpass
