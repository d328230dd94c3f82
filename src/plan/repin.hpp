// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "iommu/host.hpp"
#include "src/findings/finding.hpp"
#include "src/profile/profile.hpp"

namespace ctrlpass {

/// A function of this host with what the profile says about it.
struct RepinnedMember {
    const Function* function = nullptr;
    bool guest = false;
};
struct RepinnedController {
    const Function* function = nullptr;
    const ProfileController* wanted = nullptr;
    std::vector<RepinnedMember> members;
};

/// Where the functions of a profile are after a change of the hardware.
struct Repinned {
    std::vector<RepinnedController> controllers;
    std::vector<std::string> notes;  ///< what moved, what is no longer needed
    std::vector<Finding> findings;   ///< what is not there any more, or is there more than once
};

/// Looks for each function at its place, and then for the only other one with the same pins.
/// `chosen` stands for the controller that is not found so; of a profile with one controller it is
/// that. The host is to be read as a whole; it and the profile must outlive the result.
/// Errors: nothing in the profile is to be looked for at `chosen`.
Result<Repinned> repin(const Profile& profile, const Host& host,
                       const std::optional<PciAddress>& chosen);

}  // namespace ctrlpass
