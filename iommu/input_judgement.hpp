// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "iommu/root.hpp"

namespace ctrlpass {

/// What an input device can do by its capability bitmaps.
struct InputAbilities {
    bool keys = false;     ///< the keys of a typewriter
    bool moves = false;    ///< relative axes and a button: a mouse
    bool touches = false;  ///< absolute ones: touchpad, tablet
};

/// Whether a person types or points with it.
struct InputJudgement {
    bool keyboard = false;
    bool pointer = false;
    bool doubtful = false;  ///< it counts, though `reason` says what is not known
    std::string reason;     ///< "its first interface is a boot keyboard", "of the BMC"
    std::string device;     ///< sysfs of the device that it is a part of; "" where it is all of it
};

/// Judges the whole device that an input device is a part of. Mice, readers, security keys and
/// receivers have the keys of a typewriter, too: of a USB device its interfaces decide, of one that
/// is paired (Bluetooth, the receivers of hid-logitech-dj) its report descriptor. `name` is what it
/// calls itself. What cannot be told apart counts and is called doubtful.
InputJudgement judge_input(const Root& root, const std::string& sysfs, const std::string& name,
                           const InputAbilities& abilities);

}  // namespace ctrlpass
