// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string_view>

#include "iommu/address.hpp"

namespace ctrlpass {

/// What a USB device of this id is when it says that it is a keyboard (or mouse, or network card)
/// and nobody at the machine has it: "of the BMC", "a security key". Empty for all others.
std::string_view sham_of(const PciId& usb_id);

/// Is the PCI function the USB controller of a BMC? All that hangs below it is the BMC's.
bool is_bmc_controller(const PciId& id);

}  // namespace ctrlpass
