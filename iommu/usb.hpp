// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <span>
#include <vector>

#include "iommu/host.hpp"
#include "iommu/root.hpp"
#include "iommu/usb_buses.hpp"

namespace ctrlpass {

/// The USB devices below each controller, hubs within hubs; root hubs are left out. `attached` is
/// shared out to the devices that carry it.
std::vector<std::vector<UsbDevice>> read_usb_trees(const Root& root,
                                                   std::span<const Place* const> controllers,
                                                   const UsbBuses& buses,
                                                   const std::vector<Attached>& attached);

}  // namespace ctrlpass
