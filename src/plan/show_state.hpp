// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "src/plan/setting.hpp"

namespace ctrlpass {

/// A state in a few words: "xhci_hcd", "vfio-pci, override vfio-pci", "absent", "loaded", "0-3",
/// "12 lines, 345 bytes".
std::string shown(const State& state);

}  // namespace ctrlpass
