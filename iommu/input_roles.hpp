// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "iommu/root.hpp"

namespace ctrlpass {

struct InputRoles {
    bool keyboard = false;  ///< has the keys of a typewriter: a power button has not
    bool pointer = false;   ///< mouse, touchpad, tablet
};

/// What an input device can do, from its capability bitmaps, by the rules of udev's input_id.
InputRoles read_input_roles(const Root& root, const std::string& sysfs);

}  // namespace ctrlpass
