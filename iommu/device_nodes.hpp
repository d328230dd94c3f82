// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <span>
#include <vector>

#include "iommu/host.hpp"
#include "iommu/root.hpp"

namespace ctrlpass {

/// The nodes by which processes use these: disks with their partitions, sound cards, cameras,
/// serial ports, printers, raw HID devices, and the USB devices themselves. Input devices are left
/// out: the display server always has them open.
std::vector<DeviceNode> device_nodes(const Root& root, std::span<const Attached> attached,
                                     std::span<const Controller> controllers);

}  // namespace ctrlpass
