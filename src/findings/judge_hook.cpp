// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/findings/judge_hook.hpp"

#include <algorithm>

#include "src/guests/hook_file.hpp"

namespace ctrlpass {

bool wants_hook(const Facts& facts, const std::string& profile) {
    const auto files = facts.files.find(profile);
    return files != facts.files.end() &&
           std::ranges::find(files->second, hook_path, &WantedFile::path) != files->second.end();
}

bool changes_hook(const std::vector<Change>& changes, const std::string& profile) {
    return std::ranges::any_of(changes, [&](const Change& change) {
        return change.profile == profile && change.wanted &&
               change.setting == Setting(FileSetting{hook_path});
    });
}

std::vector<Finding> judge_hook(const Facts& facts, const std::string& profile,
                                const std::vector<Change>& changes) {
    const bool changes_something = std::ranges::any_of(
        changes, [&](const Change& change) { return change.profile == profile && change.wanted; });
    if (facts.blind_daemon.empty() || !wants_hook(facts, profile)) return {};
    if (!changes_something && !facts.asks_about_start) return {};
    return {make_finding(
        profile, "hook-needs-restart", facts.blind_daemon,
        facts.blind_daemon + " found no hook when it started and looks for none: "
                             "it does not run ours before it is restarted",
        "Restart it; guests go on meanwhile:\n    systemctl restart " + facts.blind_daemon)};
}

std::vector<Finding> judge_irqbalance(const Facts& facts, const std::string& profile) {
    const auto placement = facts.placements.find(profile);
    if (placement == facts.placements.end() || !placement->second.interrupts || !facts.irqbalance ||
        facts.irqbalance->spares_vfio)
        return {};
    return {make_finding(
        profile, "irqbalance", "irqbalance",
        "irqbalance (process " + std::to_string(facts.irqbalance->process) +
            ") moves interrupts every 10 s, and away from isolated CPUs",
        "While ctrlpass pin --follow runs it has irqbalance spare the guest's interrupts. For "
        "good, in /etc/default/irqbalance:\n    IRQBALANCE_ARGS=\"--banmod=vfio-pci\"\nthen:\n"
        "    systemctl restart irqbalance")};
}

}  // namespace ctrlpass
