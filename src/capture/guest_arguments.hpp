// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

#include "src/capture/mask.hpp"

namespace ctrlpass {

/// Of arguments of QEMU those that name something of the host, as QEMU reads them:
/// "-device", "vfio-pci,host=0000:02:00.0", or the same as JSON; of each the few keys that say
/// which.
std::vector<std::string> guest_arguments(Mask& mask, const std::vector<std::string>& arguments);

/// The same of a variable of QEMU's environment: a sound card, nodes, or "".
std::string guest_variable(Mask& mask, const std::string& value);

}  // namespace ctrlpass
