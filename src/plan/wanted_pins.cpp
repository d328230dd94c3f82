// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/plan/wanted_pins.hpp"

#include <algorithm>

namespace ctrlpass {

namespace {

using Kind = GuestThread::Kind;

const Placement* placement_of(const Facts& facts, const std::string& profile) {
    const auto found = facts.placements.find(profile);
    return found == facts.placements.end() ? nullptr : &found->second;
}

/// Of one severity, or of all others.
std::vector<Finding> findings_of(const Facts& facts, const std::string& profile, bool refusals) {
    std::vector<Finding> findings;
    const Placement* const placement = placement_of(facts, profile);
    if (placement == nullptr) return findings;
    std::ranges::copy_if(
        placement->findings, std::back_inserter(findings),
        [&](const Finding& finding) { return (finding.severity == Severity::refuse) == refusals; });
    return findings;
}

}  // namespace

std::vector<std::pair<PinSetting, CpuSet>> pins_now(const Domain& domain) {
    std::vector<std::pair<PinSetting, CpuSet>> pins;
    const DomainCpus& cpus = domain.cpus;
    for (const auto& [vcpu, set] : cpus.vcpu_pins)
        pins.push_back({{domain.ref, {Kind::vcpu, vcpu}}, set});
    if (cpus.emulator_pin) pins.push_back({{domain.ref, {Kind::emulator, 0}}, *cpus.emulator_pin});
    for (const auto& [id, set] : cpus.iothread_pins)
        pins.push_back({{domain.ref, {Kind::iothread, id}}, set});
    return pins;
}

std::vector<Wanted> wanted_pins(const Facts& facts, const std::string& profile,
                                const DomainRef& domain) {
    std::vector<Wanted> wanted;
    const Placement* const placement = placement_of(facts, profile);
    if (placement == nullptr) return wanted;
    const auto want = [&](const GuestThread& thread, const Placement::Place& place) {
        wanted.push_back(
            {profile, PinSetting{domain, thread}, std::optional(place.cpus), place.why});
    };
    for (const auto& [vcpu, place] : placement->vcpus) want({Kind::vcpu, vcpu}, place);
    if (placement->emulator) want({Kind::emulator, 0}, *placement->emulator);
    for (const auto& [id, place] : placement->iothreads) want({Kind::iothread, id}, place);
    return wanted;
}

std::vector<Finding> refusals_of_pins(const Facts& facts, const std::string& profile) {
    return findings_of(facts, profile, true);
}

bool changes_pins(const std::vector<Change>& changes, const std::string& profile) {
    return std::ranges::any_of(changes, [&](const Change& change) {
        return change.profile == profile && change.wanted &&
               std::holds_alternative<PinSetting>(change.setting);
    });
}

std::vector<Finding> findings_of_pins(const Facts& facts, const std::string& profile) {
    return findings_of(facts, profile, false);
}

}  // namespace ctrlpass
