// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "src/plan/setting.hpp"

namespace ctrlpass {

/// A state in a few words: "xhci_hcd", "vfio-pci, override vfio-pci", "absent", "loaded".
std::string shown(const State& state);

}  // namespace ctrlpass
