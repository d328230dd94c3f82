// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <vector>

#include "src/findings/case.hpp"
#include "src/findings/finding.hpp"

namespace ctrlpass {

/// Is the function fit for a guest: can it be reset, will the firmware let go of it, is it there
/// to stay, is its interrupt line its own? Not asked about a member that is only bound: no guest
/// opens it.
std::vector<Finding> judge_fitness(const Case& facts, const Function& function);

}  // namespace ctrlpass
