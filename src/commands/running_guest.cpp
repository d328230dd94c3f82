// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/commands/running_guest.hpp"

#include <algorithm>

#include "iommu/processes.hpp"
#include "src/plan/identify.hpp"

namespace ctrlpass {

std::optional<RunningGuest> running_guest(const Root& root, const Facts& facts,
                                          const Profile& profile) {
    if (!profile.vm) return std::nullopt;
    const Domain* const domain = facts.guests.by_name(profile.vm->uri, profile.vm->name);
    if (domain == nullptr || !domain->running) return std::nullopt;
    const auto process = process_of_guest(root, domain->ref.name, domain->ref.uuid);
    if (!process) return std::nullopt;
    RunningGuest guest{domain->ref.name, *process, start_of_process(root, *process), {}};
    if (guest.started.empty()) return std::nullopt;
    for (const Subject& subject : identify(facts.profiles, facts.host).subjects)
        if (subject.profile == profile.name &&
            std::ranges::find(domain->live, subject.address, &DomainHostdev::address) !=
                domain->live.end())
            guest.functions.push_back(subject.address);
    return guest;
}

LiveReport place_running(const Root& root, Kernel& kernel, const Facts& facts) {
    LiveReport all;
    for (const Profile& profile : facts.profiles) {
        const auto placement = facts.placements.find(profile.name);
        const auto guest = running_guest(root, facts, profile);
        if (placement != facts.placements.end() && guest)
            all.add(Follower(root, kernel, *guest, placement->second).look(Lines::left));
    }
    return all;
}

}  // namespace ctrlpass
