// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>

#include "src/commands.hpp"
#include "src/planner.hpp"
#include "src/render.hpp"
#include "src/render_json.hpp"
#include "src/session.hpp"

namespace ctrlpass {

namespace {

/// The worst of 5, 1, 3, 0: what a run over several transactions exits with.
int worst(int a, int b) {
    constexpr std::array order{exit_code::done, exit_code::refused, exit_code::failed,
                               exit_code::stuck};
    const auto rank = [&](int code) { return std::ranges::find(order, code) - order.begin(); };
    return rank(a) < rank(b) ? b : a;
}

/// The same NAME from another folder is another profile.
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

std::vector<std::string> accepted_codes(const Plan& plan, const std::string& profile) {
    std::vector<std::string> codes;
    for (const Finding& finding : plan.findings)
        if (finding.accepted && finding.profile == profile &&
            std::ranges::find(codes, finding.code) == codes.end())
            codes.push_back(finding.code);
    return codes;
}

std::map<std::string, BeginRecord> begin_records(const Session& session, const Facts& facts,
                                                 const Plan& plan) {
    std::map<std::string, BeginRecord> records;
    for (const Profile& profile : facts.profiles) {
        BeginRecord record = session.begin(Verb::apply);
        record.profile_path = profile.path;
        record.profile_digest = profile.digest;
        record.accepted = accepted_codes(plan, profile.name);
        if (profile.vm) {
            if (const Domain* const domain =
                    facts.guests.by_name(profile.vm->uri, profile.vm->name))
                record.domain = domain->ref;
        }
        records[profile.name] = std::move(record);
    }
    return records;
}

/// Does the ledger say already all that this plan would record?
bool is_recorded(const Profile& profile, const Plan& plan, const Session& session) {
    const auto ledger = session.recorded().find(profile.name);
    if (ledger == session.recorded().end() || !ledger->second.is_applied()) return false;
    const RecordedProfile& recorded = ledger->second;
    std::size_t held = 0;
    for (const Hold& hold : plan.holds) {
        if (hold.profile != profile.name || memory_of(hold.setting) == Memory::none) continue;
        ++held;
        const auto same = [&](const Entry& entry) {
            const bool lasts = memory_of(entry.setting) == Memory::for_good ||
                               entry.boot == session.boot();
            return entry.setting == hold.setting && entry.after == hold.state && lasts;
        };
        if (std::ranges::none_of(recorded.entries, same)) return false;
    }
    return held == recorded.entries.size() &&
           recorded.committed->profile_digest == profile.digest;
}

bool has_nothing_to_do(const Facts& facts, const Plan& plan, const Session& session) {
    return plan.changes.empty() && std::ranges::all_of(facts.profiles, [&](const auto& profile) {
               return is_recorded(profile, plan, session);
           });
}

std::string outcome(const Plan& plan, const Report& report) {
    if (report.failure)
        return report.stuck.empty() ? "Everything is as it was.\n"
                                    : "What is listed as stuck could not be put back.\n";
    if (!report.changed) return "Nothing to do: everything is as the profile wants it.\n";
    std::string names;
    for (const std::string& profile : plan.profiles) names += " " + profile;
    return count_of(report.done.size(), "change") +
           " made, verified and recorded. The way back:\n    ctrlpass rollback" + names + "\n";
}

void print_report(const Plan& plan, const Report& report, const Console& console) {
    if (console.json()) {
        console.print(report_json("apply", plan, report));
        return;
    }
    const std::string findings = findings_text(plan.findings, console.style());
    console.print(findings + (findings.empty() ? "" : "\n"));
    console.print(report_text(report, console.style()));
    if (report.failure) console.print("\n" + error_text(*report.failure, console.style()));
    console.print((report.done.empty() && report.restored.empty() ? "" : "\n") +
                  outcome(plan, report));
}

void print_refusal(const Plan& plan, const Console& console) {
    if (console.json()) {
        console.print(report_json("apply", plan, Report{}));
        return;
    }
    console.print(plan_text(plan, console.style()) + "\nRefused. Nothing was changed.\n");
}

/// One transaction over these profiles.
Result<int> apply(Session& session, const std::vector<Profile>& profiles,
                  const Console& console) {
    TRY(check_same_path(profiles, session.recorded()));
    const Facts facts = TRY(gather_facts(session.root(), profiles, session.recorded(),
                                         session.guests()));
    Plan plan = make_plan(facts);
    if (!plan.is_refused())
        std::ranges::move(session.ask_groups(facts.host, plan.changes),
                          std::back_inserter(plan.findings));
    if (plan.is_refused()) {
        print_refusal(plan, console);
        return exit_code::refused;
    }
    Report report;
    if (!has_nothing_to_do(facts, plan, session))
        report = execute_apply(plan, begin_records(session, facts, plan), session.recorded(),
                               session.machine(), session.ledger());
    TRY(session.reread());
    print_report(plan, report, console);
    if (!report.stuck.empty()) return exit_code::stuck;
    return report.failure ? exit_code::failed : exit_code::done;
}

}  // namespace

Result<int> run_apply(const Options& options, const Console& console) {
    std::vector<std::string> notes;
    const Trust trust = options.all ? Trust::root_only : Trust::interactive;
    const auto names = options.all ? TRY(all_profile_paths()) : options.names;
    const auto profiles = TRY(load_profiles(names, trust, notes));
    for (const std::string& note : notes) console.note(note);
    const auto session = TRY(Session::open(options, console));
    if (!options.all) return apply(*session, profiles, console);
    int code = exit_code::done;
    for (const Profile& profile : profiles) {
        const auto one = apply(*session, {profile}, console);
        code = worst(code, one ? *one : console.fail("apply", one.error()));
    }
    return code;
}

}  // namespace ctrlpass
