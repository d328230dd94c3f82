// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string_view>

#include "iommu/address.hpp"

namespace ctrlpass {

/// What a USB device of this id is when it says that it is a keyboard (or mouse, or network card)
/// and no person at the machine types or points with it: "of the BMC", "a security key", "a card or
/// bar-code reader". Empty for all others.
std::string_view kind_of_virtual_input(const PciId& usb_id);

/// Is the USB device a receiver of wireless keyboards and mice, which is there without them, too?
bool is_known_receiver(const PciId& usb_id);

/// Is the PCI function the USB controller of a BMC? All that hangs below it is the BMC's.
bool is_bmc_controller(const PciId& id);

}  // namespace ctrlpass
