// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "iommu/host.hpp"
#include "src/findings/finding.hpp"
#include "src/profile/profile.hpp"

namespace ctrlpass {

/// A function of this host that a profile means.
struct Subject {
    std::string profile;
    PciAddress address;
    PciAddress controller;  ///< itself, or the controller whose member it is
    When when = When::boot;
    bool guest = true;               ///< is to be given to the guest of the profile's [vm]
    std::vector<std::string> allow;  ///< of the controller and of the whole profile
    bool is_member() const { return address != controller; }
    bool operator==(const Subject&) const = default;
};

/// Where a profile says it is: the path, or the address.
std::string shown(const Pins& pins);

/// Which pins do not hold: "id 1022:1487 instead of 1022:149c"; "" when all do.
std::string difference(const Pins& pins, const Function& function);

/// Of its controllers and their members.
std::vector<const Pins*> all_pins(const Profile& profile);

/// Which places could be meant by the profiles: whose details are worth reading.
std::vector<PciAddress> candidates(const std::vector<Profile>& profiles,
                                   const std::vector<Place>& places);

/// What the profiles mean on this host. A function that is not the one the profile was written
/// for never becomes a subject; the finding says what is there and where the wanted one is now (as
/// far as the details of the host were read).
struct Identified {
    std::vector<Subject> subjects;
    std::vector<Finding> findings;
};
Identified identify(const std::vector<Profile>& profiles, const Host& host);

}  // namespace ctrlpass
