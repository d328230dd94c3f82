// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <vector>

#include "src/findings/case.hpp"
#include "src/findings/finding.hpp"

namespace ctrlpass {

/// What is in use below the function without a program that could be closed at once: an armed
/// watchdog, a tape that is written, a connected display, a device that usbip exports.
std::vector<Finding> judge_peripherals(const Case& facts, const Place& place);

}  // namespace ctrlpass
