// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "iommu/host.hpp"
#include "iommu/root.hpp"

namespace ctrlpass {

struct InputRoles {
    bool keyboard = false;   ///< a person types on it: a power button has no letters
    bool pointer = false;    ///< mouse, touchpad, tablet
    bool bluetooth = false;  ///< there only once the host's Bluetooth is
    InputFacts facts;
};

/// What an input device is for people: what it can do is told by its capability bitmaps, by the
/// rules of udev's input_id, whether it counts by judge_input. An i8042 port with nothing behind it
/// has no input device, since atkbd binds only what answers; where the firmware answers in a
/// keyboard's place, that cannot be told.
InputRoles read_input_roles(const Root& root, const std::string& sysfs);

}  // namespace ctrlpass
