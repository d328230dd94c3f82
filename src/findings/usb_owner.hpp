// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

#include "src/findings/case.hpp"

namespace ctrlpass {

/// The USB device that this place in the tree of devices belongs to, hubs passed; nullptr where it
/// is no USB device's.
const UsbDevice* usb_owner(const std::string& sysfs, const std::vector<UsbDevice>& devices);

/// Its product for people, its id where it has none.
std::string usb_name(const UsbDevice& device);

/// The name of the USB device below `place` that this belongs to; the function's address where it
/// is no USB device's.
std::string owner_name(const Case& facts, const Place& place, const std::string& sysfs);

/// Who has a node open: "pcscd (pid 711)", "guest win11 (qemu-system-x86, pid 4711)".
std::string opener_name(const Opened& opened);

}  // namespace ctrlpass
