// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>

#include "src/commands/caught_signals.hpp"
#include "src/commands/session.hpp"
#include "src/commands/unconfirmed.hpp"
#include "src/execute/way_back.hpp"
#include "src/ledger/applied_text.hpp"
#include "src/plan/planner.hpp"

namespace ctrlpass {

namespace {

/// What of this waits to be confirmed, with all that belongs to the same transactions.
std::vector<std::string> waiting(const Recorded& recorded, const std::vector<std::string>& names) {
    std::vector<std::string> profiles;
    for (const std::string& transaction : transactions_of(names, recorded))
        std::ranges::move(profiles_of(transaction, recorded), std::back_inserter(profiles));
    return profiles;
}

/// From what is recorded back to the first states.
Result<Outcome> roll_back_applied(Session& session, const std::vector<std::string>& names) {
    RollbackPlan way_back =
        plan_rollback(names, session.recorded(), session.boot(), session.machine());
    const Facts facts = TRY(gather_for_way_back(session.root(), way_back.plan.changes,
                                                session.recorded(), session.guests()));
    Plan& plan = way_back.plan;
    plan.findings = judge_way_back(facts, plan.changes);
    if (!plan.is_refused())
        plan.findings = session.ask_last(facts.host, plan.changes, plan.findings);
    Outcome outcome{.plan = plan, .report = {}, .refused = plan.is_refused()};
    if (outcome.refused) return outcome;
    session.start_transaction();
    const CaughtSignals caught;
    std::map<std::string, BeginRecord> begin;
    for (const std::string& name : names) begin[name] = session.begin(Verb::rollback);
    outcome.report =
        execute_rollback(way_back, begin, session.recorded(), session.machine(), session.ledger());
    session.reread_later();
    (void)forget_applied_texts(session.state());
    return outcome;
}

/// Of profiles whose ledgers can be read.
Result<Outcome> roll_back_readable(Session& session, const std::vector<std::string>& asked) {
    Outcome outcome;
    outcome.report.stuck = session.left_of(asked);
    if (!outcome.report.stuck.empty()) {
        outcome.plan.profiles = asked;
        outcome.report.failure = left_unfinished();
        return outcome;
    }
    if (const auto profiles = waiting(session.recorded(), asked); !profiles.empty())
        outcome = TRY(undo(session, profiles));
    std::vector<std::string> names;
    for (const std::string& name : asked)
        if (session.recorded().at(name).is_confirmed()) names.push_back(name);
    if (outcome.report.failure || names.empty()) return outcome;
    Outcome whole = TRY(roll_back_applied(session, names));
    outcome.report.add(whole.report);
    whole.report = outcome.report;
    return whole;
}

}  // namespace

Result<Outcome> undo(Session& session, const std::vector<std::string>& profiles) {
    Outcome outcome;
    outcome.plan.profiles = profiles;
    outcome.report = TRY(session.put_right(profiles));
    (void)forget_applied_texts(session.state());
    if (!outcome.report.stuck.empty() && !outcome.report.failure)
        outcome.report.failure = left_unfinished();
    return outcome;
}

std::vector<Stuck> left_for_broken_ledgers(const std::vector<std::string>& names,
                                           const Recorded& recorded) {
    std::vector<Stuck> left;
    for (const std::string& name : names)
        if (const auto& broken = recorded.at(name).broken)
            left.push_back(
                {name, "ledger of " + name, reason_of(broken->error) + "\n" + broken->error.hint});
    return left;
}

Result<Outcome> roll_back(Session& session, const std::vector<std::string>& names) {
    TRY(session.catch_up());
    const auto broken = left_for_broken_ledgers(names, session.recorded());
    std::vector<std::string> readable = names;
    std::erase_if(readable, [&](const std::string& name) {
        return std::ranges::find(broken, name, &Stuck::profile) != broken.end();
    });
    Outcome outcome = TRY(roll_back_readable(session, readable));
    if (broken.empty()) return outcome;
    outcome.plan.profiles = names;
    std::ranges::copy(broken, std::back_inserter(outcome.report.stuck));
    return outcome;
}

}  // namespace ctrlpass
