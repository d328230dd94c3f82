// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstddef>
#include <optional>

#include "src/ledger/record.hpp"
#include "src/pins/follow.hpp"
#include "src/plan/gather.hpp"

namespace ctrlpass {

/// What of a running guest is not where its profile's [pin] wants it.
struct Misplaced {
    std::size_t interrupts = 0;
    std::size_t threads = 0;
    bool operator==(const Misplaced&) const = default;
};
Misplaced misplaced_of(const Root& root, const RunningGuest& guest, const Placement& placement);

/// The same of a profile as it was applied. Nothing without a domain in the ledger
/// (libvirt is not asked then), without [pin], and while the guest does not run.
Result<std::optional<Misplaced>> read_misplaced(const Root& root, const RecordedProfile& recorded,
                                                GuestHosts& guests,
                                                const std::string& state_directory);

}  // namespace ctrlpass
