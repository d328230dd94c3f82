// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/plan/gather_pins.hpp"

#include <algorithm>
#include <set>

#include "iommu/irqbalance.hpp"
#include "iommu/processes.hpp"
#include "src/guests/hook_file.hpp"
#include "src/pins/seats.hpp"
#include "src/plan/identify.hpp"

namespace ctrlpass {

namespace {

/// Of the functions that the profile gives to its guest, each once.
std::vector<int> nodes_of(const Facts& facts, const std::string& profile) {
    std::set<int> nodes;
    for (const Subject& subject : identify(facts.profiles, facts.host).subjects) {
        const Function* const function = facts.host.function(subject.address);
        if (subject.profile == profile && subject.guest && function != nullptr &&
            function->numa_node)
            nodes.insert(*function->numa_node);
    }
    return {nodes.begin(), nodes.end()};
}

std::map<std::string, CpuSet> pinned_by_others(const Facts& facts, const Domain& own) {
    std::map<std::string, CpuSet> others;
    for (const Domain& domain : facts.guests.domains) {
        if (domain.ref == own.ref) continue;
        for (const auto& [vcpu, cpus] : domain.cpus.vcpu_pins)
            others[domain.ref.name].insert(cpus.begin(), cpus.end());
    }
    return others;
}

const Domain* domain_for(const Facts& facts, const Profile& profile) {
    return profile.vm ? facts.guests.by_name(profile.vm->uri, profile.vm->name) : nullptr;
}

bool takes_at_start(const Profile& profile) {
    return std::ranges::any_of(profile.controllers, [](const auto& controller) {
        return controller.when == When::vm_start;
    });
}

/// Only the system's daemon runs hooks of the system.
bool wants_hook(const Profile& profile) {
    return profile.vm && profile.vm->uri == "qemu:///system" &&
           (profile.wish || takes_at_start(profile));
}

/// What it does for the profile; of the interrupts also where they come, for no definition says so.
std::string hook_reason(const Facts& facts, const Profile& profile) {
    const std::string guest = profile.vm->name;
    std::string reason = takes_at_start(profile) ? "guards the start of " + guest : "";
    if (!profile.wish) return reason;
    reason += reason.empty() ? "" : "; ";
    const auto placement = facts.placements.find(profile.name);
    if (placement == facts.placements.end() || !placement->second.interrupts)
        return reason + "keeps the threads of " + guest + " there while it runs";
    const Placement::Place& place = *placement->second.interrupts;
    return reason + "places the interrupts of " + guest +
           " while it runs: " + cpu_words(place.cpus) + ", " + place.why;
}

/// The daemon of QEMU's guests that runs, whichever of libvirt's two it is.
std::optional<std::pair<int, std::string>> running_daemon(const Root& root) {
    for (const int pid : process_ids(root))
        for (const std::string name : {"virtqemud", "libvirtd"})
            if (process_name(root, pid) == name) return std::pair(pid, name);
    return std::nullopt;
}

/// It looks for hooks when it starts, and where there is none then, never again.
std::string daemon_without_hooks(const Root& root) {
    if (has_other_hook(root)) return {};
    const auto daemon = running_daemon(root);
    if (!daemon) return {};
    const std::string ours = std::string(hook_path).substr(1);
    if (!root.exists(ours)) return daemon->second;
    const auto written = root.written(ours);
    const auto started = clock_of_start(root, daemon->first);
    return written && started && *written > *started ? daemon->second : "";
}

}  // namespace

Result<> gather_placements(const Root& root, Facts& facts) {
    const bool wished = std::ranges::any_of(
        facts.profiles, [](const Profile& profile) { return profile.wish.has_value(); });
    if (!wished) return {};
    const Cpus cpus = TRY(read_cpus(root));
    for (const Profile& profile : facts.profiles) {
        const Domain* const domain = domain_for(facts, profile);
        if (!profile.wish || domain == nullptr) continue;
        facts.placements[profile.name] =
            place({profile.name, domain->ref.name, *profile.wish, domain->cpus, cpus,
                   nodes_of(facts, profile.name), pinned_by_others(facts, *domain)});
        if (profile.wish->interrupts) facts.irqbalance = read_irqbalance(root);
    }
    return {};
}

void gather_hook(const Root& root, const std::string& state, Facts& facts) {
    for (const Profile& profile : facts.profiles) {
        if (!wants_hook(profile) || domain_for(facts, profile) == nullptr) continue;
        facts.files[profile.name].push_back(
            {hook_path, hook_text(state), hook_reason(facts, profile)});
        facts.blind_daemon = daemon_without_hooks(root);
    }
}

}  // namespace ctrlpass
