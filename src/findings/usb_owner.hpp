// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

#include "iommu/host.hpp"

namespace ctrlpass {

/// The USB device that this place in the tree of devices belongs to, hubs passed; nullptr where it
/// is no USB device's.
const UsbDevice* usb_owner(const std::string& sysfs, const std::vector<UsbDevice>& devices);

/// Its product for people, its id where it has none.
std::string usb_name(const UsbDevice& device);

}  // namespace ctrlpass
