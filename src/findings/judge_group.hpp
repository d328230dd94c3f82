// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <vector>

#include "src/findings/case.hpp"
#include "src/findings/finding.hpp"

namespace ctrlpass {

/// Is the function's IOMMU group free once the plan is done? Names each member that a host driver
/// keeps.
std::vector<Finding> judge_group(const Case& facts, const Function& function);

/// UHCI, OHCI and EHCI functions of the same slot that would stay with the host.
std::vector<Finding> judge_companions(const Case& facts, const Function& function);

}  // namespace ctrlpass
