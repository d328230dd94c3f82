// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

#include "iommu/host.hpp"

namespace ctrlpass {

/// The commands that end such a use of a disk, from the top down; `mount_points` are all those at
/// which it is mounted. "" where there is nothing to run.
std::string disk_remedy(const DiskUse& use, const std::vector<std::string>& mount_points);

}  // namespace ctrlpass
