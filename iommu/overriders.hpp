// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <vector>

#include "iommu/host.hpp"
#include "iommu/root.hpp"

namespace ctrlpass {

/// Who sets the function's driver_override besides ctrlpass: driverctl's memory, and rules of udev
/// that could mean the function. Rules are read only where somebody has set an override.
std::vector<Overrider> read_overriders(const Root& root, const Function& function);

/// Could this rule of udev (one logical line) mean the function? Keys that are not known here are
/// taken for fulfilled.
bool could_mean(const std::string& rule, const Function& function);

}  // namespace ctrlpass
