// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <vector>

#include "src/findings/case.hpp"
#include "src/findings/finding.hpp"
#include "vfio/binding.hpp"

namespace ctrlpass {

/// Somebody else's driver_override on a function that is to change hands, who set it and where;
/// and who will at the next boot. `ours`: ctrlpass has set the present one.
std::vector<Finding> judge_override(const Case& facts, const PciAddress& address,
                                    const Binding& before, bool ours);

}  // namespace ctrlpass
