// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>

#include "src/commands/caught_signals.hpp"
#include "src/commands/running_guest.hpp"
#include "src/commands/session.hpp"
#include "src/ledger/applied_text.hpp"
#include "src/ledger/broken.hpp"
#include "src/plan/planner.hpp"

namespace ctrlpass {

namespace {

std::vector<std::string> accepted_codes(const Plan& plan, const std::string& profile) {
    std::vector<std::string> codes;
    for (const Finding& finding : plan.findings)
        if (finding.accepted && finding.profile == profile &&
            std::ranges::find(codes, finding.code) == codes.end())
            codes.push_back(finding.code);
    return codes;
}

BeginRecord begin_of(const Session& session, const Facts& facts, const Plan& plan,
                     const Profile& profile) {
    BeginRecord record = session.begin(Verb::apply);
    record.profile_path = profile.path;
    record.profile_digest = profile.digest;
    record.accepted = accepted_codes(plan, profile.name);
    if (!profile.vm) return record;
    if (const Domain* const domain = facts.guests.by_name(profile.vm->uri, profile.vm->name))
        record.domain = domain->ref;
    return record;
}

/// At boot nobody is asked: what was said when it was applied still holds.
BeginRecord begin_at_boot(const Session& session, const Profile& profile) {
    const BeginRecord& said = *session.recorded().at(profile.name).committed;
    BeginRecord record = session.begin(Verb::apply);
    record.profile_path = said.profile_path;
    record.profile_digest = said.profile_digest;
    record.domain = said.domain;
    record.accepted = said.accepted;
    record.at_boot = true;
    return record;
}

std::map<std::string, BeginRecord> begin_records(const Session& session, const Facts& facts,
                                                 const Plan& plan, bool at_boot) {
    std::map<std::string, BeginRecord> records;
    for (const Profile& profile : facts.profiles)
        records[profile.name] =
            at_boot ? begin_at_boot(session, profile) : begin_of(session, facts, plan, profile);
    return records;
}

/// Guests that run are not looked for at boot.
LiveReport place_now(Session& session, const Facts& facts, bool at_boot) {
    if (at_boot) return {};
    return place_running(session.root(), session.kernel(), facts);
}

/// Does the ledger say already all that this plan would record?
bool is_recorded(const Profile& profile, const Plan& plan, const Session& session) {
    const auto ledger = session.recorded().find(profile.name);
    if (ledger == session.recorded().end() || !ledger->second.is_applied() ||
        ledger->second.unfinished)
        return false;
    const RecordedProfile& recorded = ledger->second;
    std::size_t held = 0;
    for (const Hold& hold : plan.holds) {
        if (hold.profile != profile.name || memory_of(hold.setting) == Memory::none) continue;
        ++held;
        const auto same = [&](const Entry& entry) {
            const bool lasts =
                memory_of(entry.setting) == Memory::for_good || entry.boot == session.boot();
            return entry.setting == hold.setting && entry.after == hold.state && lasts;
        };
        if (std::ranges::none_of(recorded.entries, same)) return false;
    }
    return held == recorded.entries.size() && recorded.committed->profile_digest == profile.digest;
}

/// By hand it is also the word that a boot on trial has not got.
bool has_nothing_to_do(const Facts& facts, const Plan& plan, const Session& session, bool at_boot) {
    return plan.changes.empty() && std::ranges::all_of(facts.profiles, [&](const auto& profile) {
               return is_recorded(profile, plan, session) &&
                      (at_boot || !session.recorded().at(profile.name).on_trial);
           });
}

}  // namespace

std::vector<std::string> names_of(const std::vector<Profile>& profiles) {
    std::vector<std::string> names;
    for (const Profile& profile : profiles) names.push_back(profile.name);
    return names;
}

Result<> check_same_path(const std::vector<Profile>& profiles, const Recorded& recorded) {
    for (const Profile& profile : profiles) {
        const auto ledger = recorded.find(profile.name);
        if (ledger == recorded.end() || !ledger->second.is_applied()) continue;
        const std::string& path = ledger->second.committed->profile_path;
        if (path != profile.path)
            return fail("another profile is applied under the name " + profile.name,
                        path + ", not " + profile.path,
                        "Roll it back first, or give this one another name:\n"
                        "    ctrlpass rollback " +
                            profile.name,
                        Trouble::bad_input);
    }
    return {};
}

Result<Outcome> apply_profiles(Session& session, const std::vector<Profile>& profiles,
                               const ApplyChoices& choices) {
    TRY(session.catch_up());
    TRY(check_same_path(profiles, session.recorded()));
    TRY(check_readable(names_of(profiles), session.recorded()));
    Facts facts = TRY(gather_facts(session.root(), profiles, session.recorded(), &session.guests(),
                                   session.state()));
    return apply_facts(session, std::move(facts), choices);
}

Result<Outcome> apply_facts(Session& session, Facts facts, const ApplyChoices& choices) {
    facts.ssh_connection = session.ssh_connection();
    facts.may_lock_out = choices.may_lock_out;
    Plan plan = make_plan(facts);
    return apply_plan(session, facts, std::move(plan), choices);
}

Result<Outcome> apply_plan(Session& session, const Facts& facts, Plan plan,
                           const ApplyChoices& choices) {
    Outcome outcome;
    outcome.plan = std::move(plan);
    if (!outcome.plan.is_refused())
        std::ranges::move(session.ask_last(facts.host, outcome.plan.changes, outcome.plan.findings),
                          std::back_inserter(outcome.plan.findings));
    outcome.refused = outcome.plan.is_refused();
    if (outcome.refused) return outcome;
    // Before its digest is in a ledger, and also where an older ctrlpass kept none.
    for (const Profile& profile : facts.profiles) TRY(keep_applied_text(session.state(), profile));
    if (has_nothing_to_do(facts, outcome.plan, session, choices.at_boot)) {
        outcome.report.live = place_now(session, facts, choices.at_boot);
        return outcome;
    }
    outcome.report.stuck = session.left_of(outcome.plan.profiles);
    if (!outcome.report.stuck.empty()) {
        outcome.report.failure = left_unfinished();
        return outcome;
    }
    const CaughtSignals caught;
    if (const auto signal = CaughtSignals::interruption()) return std::unexpected(*signal);
    session.start_transaction();
    auto begin = begin_records(session, facts, outcome.plan, choices.at_boot);
    Conduct conduct;
    conduct.interrupted = [&]() -> std::optional<Error> {
        if (auto signal = CaughtSignals::interruption()) return signal;
        return choices.stop ? choices.stop() : std::nullopt;
    };
    if (choices.confirmation && !outcome.plan.changes.empty()) {
        TRY(choices.confirmation->arm(session.transaction()));
        for (auto& [profile, record] : begin) record.pending = true;
        conduct.wait_until = [&] { return session.now().seconds + choices.confirmation->seconds; };
    }
    outcome.report = execute_apply(outcome.plan, begin, session.recorded(), session.machine(),
                                   session.ledger(), conduct);
    outcome.interrupted = CaughtSignals::interruption().has_value();
    if (outcome.report.waits) {
        outcome.pending = session.transaction();
        outcome.report.confirm_within = choices.confirmation->seconds;
    }
    session.reread_later();
    (void)forget_applied_texts(session.state());
    if (!outcome.report.failure && !outcome.interrupted)
        outcome.report.live = place_now(session, facts, choices.at_boot);
    return outcome;
}

Result<> may_begin(const std::vector<std::string>& profiles) {
    if (const auto signal = CaughtSignals::interruption())
        return fail("nothing was begun of " + joined(profiles), signal->what + " " + signal->where);
    return {};
}

Error left_unfinished() {
    return {"cannot finish what an earlier ctrlpass left",
            {},
            "When the reason is gone, the same command goes on."};
}

}  // namespace ctrlpass
