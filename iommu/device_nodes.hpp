// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <span>
#include <vector>

#include "iommu/host.hpp"
#include "iommu/node_walk.hpp"
#include "iommu/root.hpp"

namespace ctrlpass {

/// The nodes by which processes use what is at these places. The generic node of a disk or a tape
/// drive belongs to that; those of VFIO are left out (vfio/holders.hpp asks for them).
std::vector<DeviceNode> device_nodes(const Root& root, std::span<const NodePlace> places);

}  // namespace ctrlpass
