// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>

#include "iommu/address.hpp"
#include "iommu/root.hpp"

namespace ctrlpass {

/// The id of the USB device that something hangs below, told by its place in the tree of devices:
/// "…/usb1/1-2/1-2:1.0/net/usb0" hangs below 1-2. Nothing for what is no USB device's.
std::optional<PciId> usb_id_above(const Root& root, const std::string& sysfs);

/// The id of the nearest PCI function above.
std::optional<PciId> pci_id_above(const Root& root, const std::string& sysfs);

}  // namespace ctrlpass
