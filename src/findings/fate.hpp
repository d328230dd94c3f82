// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "src/findings/case.hpp"

namespace ctrlpass {

/// What becomes of something that the host uses when the whole plan is done.
struct Fate {
    bool stays = true;
    /// The function of `leaving` with which it goes; none where somebody else took it.
    std::optional<PciAddress> carrier;
};

/// Of what has this place in the tree of devices.
Fate fate_of(const Case& facts, const std::vector<PciAddress>& leaving, const std::string& sysfs);

/// The name that it gives itself, for people.
std::string label_of(const Carried& input);

/// The input devices that have this ability, one for each device that they are parts of: a keyboard
/// may have its letters twice.
std::vector<const Attached*> inputs_with(const Host& host, bool Carried::*ability);
std::vector<const Attached*> inputs_with(const Host& host, bool InputFacts::*ability);

/// Of an input device. One that BlueZ makes hangs below no adapter: it counts as lost when any
/// adapter is, since nothing tells to which it belongs.
Fate fate_of(const Case& facts, const std::vector<PciAddress>& leaving, const Attached& input);

}  // namespace ctrlpass
