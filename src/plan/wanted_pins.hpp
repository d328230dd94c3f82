// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "src/plan/claims.hpp"
#include "src/plan/planner.hpp"

namespace ctrlpass {

/// The pins in the domain's persistent definition.
std::vector<std::pair<PinSetting, CpuSet>> pins_now(const Domain& domain);

/// What the profile's placement wants of the domain's definition.
std::vector<Wanted> wanted_pins(const Facts& facts, const std::string& profile,
                                const DomainRef& domain);

/// Where the placement refuses, nothing is placed: it cannot be so already.
std::vector<Finding> refusals_of_pins(const Facts& facts, const std::string& profile);

bool changes_pins(const std::vector<Change>& changes, const std::string& profile);

/// The other findings of the placement.
std::vector<Finding> findings_of_pins(const Facts& facts, const std::string& profile);

}  // namespace ctrlpass
