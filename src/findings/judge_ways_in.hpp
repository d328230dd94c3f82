// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <vector>

#include "src/findings/case.hpp"
#include "src/findings/finding.hpp"

namespace ctrlpass {

/// Is there a way into the host after the whole plan, when `leaving` go: a keyboard, a serial
/// console, sshd over a link that stays? Said once, where one of `leaving` takes a way in along and
/// none is left. What is not known is no way in.
std::vector<Finding> judge_ways_in(const Case& facts, const std::vector<PciAddress>& leaving);

}  // namespace ctrlpass
