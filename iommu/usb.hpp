// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <vector>

#include "iommu/host.hpp"
#include "iommu/root.hpp"

namespace ctrlpass {

/// The USB devices below a controller, hubs within hubs; root hubs are left out. `attached` is
/// shared out to the devices that carry it.
std::vector<UsbDevice> read_usb_tree(const Root& root, const Place& controller,
                                     const std::vector<Attached>& attached);

}  // namespace ctrlpass
