// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>

#include "src/commands.hpp"
#include "src/planner.hpp"
#include "src/recorded_names.hpp"
#include "src/render.hpp"
#include "src/render_json.hpp"
#include "src/session.hpp"

namespace ctrlpass {

namespace {

std::string outcome(const Report& report) {
    if (!report.stuck.empty())
        return "What is listed as stuck could not be put back; everything else was.\n"
               "When the reason is gone, the same command goes on.\n";
    if (report.restored.empty()) return "Nothing to put back.\n";
    return count_of(report.restored.size(), "setting") + " put back and verified.\n";
}

void print_report(const Plan& plan, const Report& report, const Console& console) {
    if (console.json()) {
        console.print(report_json("rollback", plan, report));
        return;
    }
    const std::string text = report_text(report, console.style());
    console.print(text + (text.empty() ? "" : "\n") + outcome(report));
}

}  // namespace

Result<int> run_rollback(const Options& options, const Console& console) {
    const auto session = TRY(Session::open(options, console));
    const auto names = TRY(recorded_names(options.names, session->recorded()));
    RollbackPlan way_back =
        plan_rollback(names, session->recorded(), session->boot(), session->machine());
    const Facts facts = TRY(
        gather_for_way_back(session->root(), way_back.plan.changes, session->recorded()));
    way_back.plan.findings = judge_way_back(facts, way_back.plan.changes);
    if (!way_back.plan.is_refused())
        way_back.plan.findings = session->ask_groups(facts.host, way_back.plan.changes);
    if (way_back.plan.is_refused()) {
        if (console.json())
            console.print(report_json("rollback", way_back.plan, Report{}));
        else
            console.print(plan_text(way_back.plan, console.style()) +
                          "\nRefused. Nothing was changed.\n");
        return exit_code::refused;
    }
    std::map<std::string, BeginRecord> begin;
    for (const std::string& name : names) begin[name] = session->begin(Verb::rollback);
    const Report report = execute_rollback(way_back, begin, session->recorded(),
                                           session->machine(), session->ledger());
    print_report(way_back.plan, report, console);
    return report.stuck.empty() ? exit_code::done : exit_code::stuck;
}

}  // namespace ctrlpass
