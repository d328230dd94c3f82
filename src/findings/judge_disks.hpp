// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <vector>

#include "src/findings/case.hpp"
#include "src/findings/finding.hpp"

namespace ctrlpass {

/// What the host does with the disks below a function.
std::vector<Finding> judge_disks(const Case& facts, const Place& place);

}  // namespace ctrlpass
