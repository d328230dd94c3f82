// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <vector>

#include "iommu/host.hpp"
#include "src/findings/finding.hpp"
#include "src/plan/plan.hpp"
#include "vfio/kernel.hpp"

namespace ctrlpass {

/// Disks below the functions that leave their driver and that somebody has open for himself, in
/// the kernel or not, though nothing else shows it. The last question before a change: it wakes the
/// disks. `known` are the plan's findings: where the user accepts the loss of the root disk,
/// nothing is asked.
std::vector<Finding> ask_disks(Kernel& kernel, const Host& host, const std::vector<Change>& changes,
                               const std::vector<Finding>& known);

}  // namespace ctrlpass
