// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "iommu/address.hpp"
#include "iommu/root.hpp"

namespace ctrlpass {

/// The USB device that something hangs below, told by its place in the tree of devices:
/// "…/usb1/1-2" for "…/usb1/1-2/1-2:1.0/net/usb0". Nothing for what is no USB device's.
std::optional<std::string> usb_device_above(const std::string& sysfs);

/// "1-2.1", and not "1-2.1:1.0" (an interface) or "usb1" (a root hub).
bool is_usb_device_name(std::string_view name);

/// The nearest PCI function above something: "0000:02:00.0" for
/// "…/0000:02:00.0/dwc3.1.auto/…/usb1".
std::optional<PciAddress> pci_function_above(const std::string& sysfs);

/// The id of the USB device that something hangs below.
std::optional<PciId> usb_id_above(const Root& root, const std::string& sysfs);

/// The id of the nearest PCI function above.
std::optional<PciId> pci_id_above(const Root& root, const std::string& sysfs);

}  // namespace ctrlpass
