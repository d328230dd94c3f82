// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <vector>

#include "src/findings/case.hpp"
#include "src/findings/finding.hpp"

namespace ctrlpass {

/// What the host does with the network links and Bluetooth adapters below a function. A link that
/// is not used is nothing.
std::vector<Finding> judge_links(const Case& facts, const Place& place);

}  // namespace ctrlpass
