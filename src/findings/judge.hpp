// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

#include "src/findings/case.hpp"
#include "src/findings/finding.hpp"
#include "src/render/inspect.hpp"

namespace ctrlpass {

/// What stands in the way of giving anything away on this platform.
std::vector<Finding> judge_platform(const Case& facts, const PciAddress& subject);

/// What stands in the way of giving this function away and what the host loses with it: bridge,
/// virtual functions, group, holders, companions, disks, network links, what programs have open.
/// `as_controller`: it is meant as a USB
/// controller, not as a member that is taken along.
std::vector<Finding> judge_function(const Case& facts, const Function& function,
                                    bool as_controller);

/// Who holds the function's group open: also asked before a function is given back.
std::vector<Finding> judge_holders(const Case& facts, const Function& function);

/// Can this controller be given away by itself?
Verdict verdict_of(const Host& host, const Holders& holders, const Controller& controller,
                   const std::string& ssh_connection = {});

}  // namespace ctrlpass
