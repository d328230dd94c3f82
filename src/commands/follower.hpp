// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "iommu/result.hpp"

namespace ctrlpass {

/// A path as the instance of a unit, as systemd-escape --path writes it, and back (`bad_input`
/// where it is none).
std::string instance_of(const std::string& path);
Result<std::string> path_of_instance(const std::string& instance);

/// The unit that follows the guest of the profile at this path.
std::string follower_of(const std::string& profile_path);

/// Starts it, and waits for nothing. One that still puts back what an earlier run of the guest had
/// is ended first. It reads the profile as it was applied in this state directory.
Result<> start_follower(const std::string& profile_path, const std::string& state_directory);

/// One that runs begins anew.
Result<> renew_follower(const std::string& profile_path);

/// The state directory that `start_follower` named to the unit of this instance, or the usual one.
std::string state_for_follower(const std::string& instance);

}  // namespace ctrlpass
