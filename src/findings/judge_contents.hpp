// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <vector>

#include "src/findings/finding.hpp"
#include "src/plan/planner.hpp"

namespace ctrlpass {

/// What hangs below a function that is to leave, and that a definition names: that domain, the
/// profile's own or another one, does not find it at its next start.
std::vector<Finding> judge_contents(const Facts& facts, const Profile& profile,
                                    const PciAddress& address);

}  // namespace ctrlpass
