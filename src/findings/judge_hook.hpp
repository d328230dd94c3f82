// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "src/plan/planner.hpp"

namespace ctrlpass {

bool wants_hook(const Facts& facts, const std::string& profile);
/// Does the hook come, or become another, for this profile?
bool changes_hook(const std::vector<Change>& changes, const std::string& profile);

/// Will libvirt run the hook that is to be written?
std::vector<Finding> judge_hook(const Facts& facts, const std::string& profile,
                                const std::vector<Change>& changes);

/// Does anybody move the interrupts away again? Said of a profile that places some.
std::vector<Finding> judge_irqbalance(const Facts& facts, const std::string& profile);

}  // namespace ctrlpass
