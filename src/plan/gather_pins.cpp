// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/plan/gather_pins.hpp"

#include <algorithm>
#include <set>

#include "iommu/irqbalance.hpp"
#include "iommu/processes.hpp"
#include "src/guests/hook_file.hpp"
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

/// Only the system's daemon runs hooks of the system.
bool wants_hook(const Profile& profile) {
    const bool at_start = std::ranges::any_of(profile.controllers, [](const auto& controller) {
        return controller.when == When::vm_start;
    });
    return profile.vm && profile.vm->uri == "qemu:///system" && (profile.wish || at_start);
}

std::string hook_reason(const Profile& profile) {
    if (!profile.wish) return "guards the start of " + profile.vm->name;
    return "places what " + profile.vm->name + " has only while it runs";
}

/// The daemon of QEMU's guests that runs, whichever of libvirt's two it is.
std::string running_daemon(const Root& root) {
    for (const int pid : process_ids(root))
        for (const std::string name : {"virtqemud", "libvirtd"})
            if (process_name(root, pid) == name) return name;
    return {};
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
        facts.files[profile.name].push_back({hook_path, hook_text(state), hook_reason(profile)});
        if (!root.exists(std::string(hook_path).substr(1)) && !has_other_hook(root))
            facts.blind_daemon = running_daemon(root);
    }
}

}  // namespace ctrlpass
