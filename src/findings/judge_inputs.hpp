// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <vector>

#include "src/findings/case.hpp"
#include "src/findings/finding.hpp"

namespace ctrlpass {

/// What the host has no more of after the whole plan, when `leaving` go. Each finding's subject is
/// the function that carries it.
std::vector<Finding> judge_inputs(const Case& facts, const std::vector<PciAddress>& leaving);

}  // namespace ctrlpass
