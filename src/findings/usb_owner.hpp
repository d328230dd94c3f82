// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "src/findings/case.hpp"

namespace ctrlpass {

/// For people: its product, or its id where it has none.
std::string name_of(const UsbDevice& device);

/// The name of the USB device below `place` that this belongs to, hubs passed; the function's
/// address where it is no USB device's.
std::string owner_name(const Case& facts, const Place& place, const std::string& sysfs);

/// Who has a node open: "pcscd (pid 711)", "guest win11 (qemu-system-x86, pid 4711)".
std::string opener_name(const Opened& opened);

}  // namespace ctrlpass
