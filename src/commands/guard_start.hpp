// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <set>
#include <string>
#include <vector>

#include "iommu/root.hpp"
#include "src/findings/finding.hpp"
#include "src/ledger/record.hpp"

namespace ctrlpass {

/// What the definition of a guest says to a hook.
struct StartingGuest {
    std::string uuid;
    std::vector<PciAddress> taken;  ///< the functions that libvirt takes from the host for it
    std::set<PciAddress> ours;      ///< of them, those by hostdevs that ctrlpass wrote
};
/// Errors: not a definition.
Result<StartingGuest> starting_guest(const std::string& domain_xml);

/// The profiles whose ledgers say that they are applied to this guest.
std::vector<const RecordedProfile*> applied_to(const std::string& uuid, const Recorded& recorded);

/// What forbids that libvirt takes the guest's controllers from the host now: they are others,
/// somebody holds them, disks below them are mounted, their groups are not viable. Consents were
/// asked when the profile was applied. Hostdevs made by hand that no ledger names are not judged.
/// The profiles are judged as they were applied (`applied_profile`), whatever lies in their place
/// now. Asks no libvirt. Errors: it cannot be judged.
Result<std::vector<Finding>> judge_start(const Root& root, const StartingGuest& guest,
                                         const Recorded& recorded,
                                         const std::string& state_directory);

}  // namespace ctrlpass
