// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "src/findings/case.hpp"
#include "src/findings/finding.hpp"

namespace ctrlpass {

/// Where `vfio-pci.ids` has an entry that the function fits: "the kernel command line" or a file
/// of modprobe.d. Such a function may go to vfio-pci before anything else looks at it, in the
/// initramfs already.
std::optional<std::string> ids_option_for(const Host& host, const Function& function);

std::vector<Finding> judge_ids_option(const Case& facts, const Function& function);

}  // namespace ctrlpass
