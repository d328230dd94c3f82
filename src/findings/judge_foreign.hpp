// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

#include "src/findings/case.hpp"
#include "src/findings/finding.hpp"

namespace ctrlpass {

/// Whoever else binds the function by a rule, a script or a unit, at every boot and whatever
/// ctrlpass rolls back: a warning each, never more. What override-foreign tells is left out.
std::vector<Finding> judge_foreign(const Case& facts, const PciAddress& address);

/// "…/vfio-pci.sh:2-3 gives 0000:02:00.0 to vfio-pci (driver_override) in the initramfs".
std::string foreign_text(const ForeignRule& rule, const Function& function);

/// How to take it out, by the kind of the place: a rule of udev, a script, a unit, a hook.
std::string foreign_remedy(const ForeignRule& rule);

}  // namespace ctrlpass
