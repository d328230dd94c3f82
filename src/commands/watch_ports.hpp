// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "src/commands/console.hpp"

namespace ctrlpass {

/// `inspect --watch`: says which controller's port a USB device was plugged into, until a signal
/// comes or nobody reads on.
Result<int> watch_ports(const Console& console);

}  // namespace ctrlpass
