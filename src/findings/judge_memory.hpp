// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

#include "src/findings/finding.hpp"
#include "src/guests/guests.hpp"

namespace ctrlpass {

/// Will the guest start with its memory locked for `devices` VFIO devices, and will it start from
/// its new definition at all?
std::vector<Finding> judge_memory(const std::string& profile, const Domain& domain,
                                  std::size_t devices);

}  // namespace ctrlpass
