// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "src/findings/finding.hpp"
#include "src/guests/guests.hpp"

namespace ctrlpass {

/// Will the guest start with its memory locked for `devices` VFIO devices?
std::vector<Finding> judge_memory(const std::string& profile, const Domain& domain,
                                  std::size_t devices);

/// Does a guest that is running or was saved still go on with its old definition?
std::optional<Finding> judge_next_start(const std::string& profile, const Domain& domain);

}  // namespace ctrlpass
