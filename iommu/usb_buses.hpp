// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "iommu/host.hpp"
#include "iommu/root.hpp"

namespace ctrlpass {

/// The USB buses of the machine by the PCI function that they belong to, the nearest one above:
/// "…/0000:00:14.0/usb1", "…/0000:02:00.0/dwc3.1.auto/xhci-hcd.2.auto/usb3". Each is the place of
/// its root hub. By number.
using UsbBuses = std::map<PciAddress, std::vector<std::string>>;

/// From the list that the kernel has of them, and from what hangs directly below `controllers`.
UsbBuses read_usb_buses(const Root& root, std::span<const Place* const> controllers);

}  // namespace ctrlpass
