// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "iommu/root.hpp"

namespace ctrlpass {

struct InputRoles {
    bool keyboard = false;   ///< has the keys of a typewriter: a power button has not
    bool pointer = false;    ///< mouse, touchpad, tablet
    bool bluetooth = false;  ///< there only once the host's Bluetooth is
    /// It has the keys or the axes, but nobody sits before it: "of the BMC", "a security key". Then
    /// it counts as neither.
    std::string sham;
};

/// What an input device can do, from its capability bitmaps, by the rules of udev's input_id. An
/// i8042 port with nothing behind it has no input device, since atkbd binds only what answers;
/// where the firmware answers in a keyboard's place, that cannot be told.
InputRoles read_input_roles(const Root& root, const std::string& sysfs);

}  // namespace ctrlpass
