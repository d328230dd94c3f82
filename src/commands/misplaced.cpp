// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/commands/misplaced.hpp"

#include "src/commands/applied_profile.hpp"
#include "src/commands/running_guest.hpp"

namespace ctrlpass {

Misplaced misplaced_of(const Root& root, const RunningGuest& guest, const Placement& placement) {
    Misplaced misplaced;
    const auto places =
        live_places(placement, guest.name, read_vfio_interrupts(root, guest.functions),
                    read_qemu_threads(root, guest.process));
    for (const LivePlace& one : places) {
        if (one.before.empty() || one.before == one.after) continue;  // empty: not known
        ++(std::holds_alternative<Interrupt>(one.subject) ? misplaced.interrupts
                                                          : misplaced.threads);
    }
    return misplaced;
}

Result<std::optional<Misplaced>> read_misplaced(const Root& root, const RecordedProfile& recorded,
                                                GuestHosts& guests,
                                                const std::string& state_directory) {
    if (!recorded.committed || recorded.committed->domain.uuid.empty()) return std::nullopt;
    const Profile profile = TRY(applied_profile(recorded, state_directory));
    if (!profile.wish) return std::nullopt;
    const Facts facts = TRY(gather_facts(root, {profile}, {}, &guests));
    const auto guest = running_guest(root, facts, profile);
    const auto placement = facts.placements.find(profile.name);
    if (!guest || placement == facts.placements.end()) return std::nullopt;
    return misplaced_of(root, *guest, placement->second);
}

}  // namespace ctrlpass
