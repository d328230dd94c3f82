// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "tests/support/small_scene.hpp"

namespace ctrlpass::tests {

/// Two xHCI in groups of their own, at 0000:00:14.0 and 0000:00:15.0, and what `more` adds to the
/// description: "\"usb\":[…],\"sshd\":false".
MachineTree two_controllers(const std::string& more = "");

/// The [[controller]] of the first of them.
inline const std::string first_controller = "[[controller]]\naddress = \"0000:00:14.0\"\n";

/// Profile "front" with this text after its format.
Profile profile_of(const std::string& text, const std::string& name = "front");

/// A profile for win11 without a controller: a plan of nothing but what a scene adds to it.
Profile bare_profile(const std::string& name = "front");

/// The plan of such a profile on this machine.
Plan plan_of(MachineTree tree, const std::string& profile, bool may_lock_out = false);

/// All that is read of the machine.
Host host_of(const MachineTree& tree);

}  // namespace ctrlpass::tests
