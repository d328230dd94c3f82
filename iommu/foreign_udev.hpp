// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <vector>

#include "iommu/host.hpp"
#include "iommu/script_files.hpp"
#include "iommu/udev_rules.hpp"

namespace ctrlpass {

/// The rules of udev that bind the function or run something for it, as udev would go through them:
/// tags, properties and GOTO between rules count. Keys that are not known before a rule is run are
/// taken for fulfilled, but then what the rule does must itself be about binding.
std::vector<ForeignRule> foreign_udev_rules(UdevRuleFiles& rules, ScriptFiles& files,
                                            const Function& function);

}  // namespace ctrlpass
