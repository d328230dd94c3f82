// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <set>
#include <string>
#include <vector>

#include "iommu/host.hpp"
#include "src/finding.hpp"
#include "src/inspect.hpp"
#include "vfio/holders.hpp"

namespace ctrlpass {

/// What the judges look at. `taken` is every function that the host has given away when the whole
/// plan is done, whoever wants it.
struct Case {
    const Host& host;
    const Holders& holders;
    const std::set<PciAddress>& taken;
    std::string profile;  ///< "" in inspect
};

/// What stands in the way of giving anything away on this platform.
std::vector<Finding> judge_platform(const Case& facts, const PciAddress& subject);

/// What stands in the way of giving this function away and what the host loses with it: bridge,
/// virtual functions, group, holders, companions, disks. `as_controller`: it is meant as a USB
/// controller, not as a member that is taken along.
std::vector<Finding> judge_function(const Case& facts, const Function& function,
                                    bool as_controller);

/// Who holds the function's group open: also asked before a function is given back.
std::vector<Finding> judge_holders(const Case& facts, const Function& function);

/// What the host has no more of after the whole plan, when `leaving` go. Each finding's subject is
/// the function that carries it.
std::vector<Finding> judge_inputs(const Case& facts, const std::vector<PciAddress>& leaving);

/// Can this controller be given away by itself?
Verdict verdict_of(const Host& host, const Holders& holders, const Controller& controller);

}  // namespace ctrlpass
