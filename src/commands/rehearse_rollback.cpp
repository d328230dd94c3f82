// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/commands/commands.hpp"
#include "src/commands/session.hpp"
#include "src/execute/execute.hpp"
#include "src/execute/live_machine.hpp"
#include "src/ledger/recorded_names.hpp"
#include "src/plan/gather.hpp"
#include "src/plan/planner.hpp"
#include "src/render/render.hpp"
#include "src/render/render_json.hpp"

namespace ctrlpass {

Result<int> rehearse_rollback(const Options& options, const Console& console) {
    const Root root = TRY(Root::open("/"));
    const Recorded recorded = TRY(read_ledgers(options.state));
    const auto asked = TRY(recorded_names(options.names, recorded));
    const auto broken = left_for_broken_ledgers(asked, recorded);
    if (!asked.empty() && broken.size() == asked.size())
        return std::unexpected(recorded.at(asked.front()).broken->error);
    std::vector<std::string> names;
    for (const std::string& name : asked) {
        if (recorded.at(name).is_confirmed())
            names.push_back(name);
        else if (recorded.at(name).unfinished)
            console.note(name + " is unfinished or waits: rollback puts that back first");
    }
    GuestHosts guests;
    LiveKernel kernel;
    Disk disk;
    LiveMachine machine(root, kernel, guests, disk);
    const std::string boot = root.attribute("proc/sys/kernel/random/boot_id").value_or("");
    RollbackPlan way_back = plan_rollback(names, recorded, boot, machine);
    std::ranges::copy(broken, std::back_inserter(way_back.stuck));
    Plan& plan = way_back.plan;
    const Facts facts = TRY(gather_for_way_back(root, plan.changes, recorded, guests));
    plan.findings = judge_way_back(facts, plan.changes);
    if (console.json()) {
        Report nothing_done;
        nothing_done.stuck = way_back.stuck;
        console.print(report_json("rollback", plan, nothing_done));
    } else {
        console.print(plan_text(plan, console.style()));
        for (const Stuck& stuck : way_back.stuck)
            console.print("! " + printable(stuck.setting) +
                          " would stay: " + printable(stuck.reason) + "\n");
        console.print(count_of(plan.changes.size(), "change") +
                      (plan.is_refused() ? ", refused" : "") + ". Nothing was done.\n");
    }
    if (plan.is_refused()) return exit_code::refused;
    return way_back.stuck.empty() ? exit_code::done : exit_code::stuck;
}

}  // namespace ctrlpass
