// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "src/findings/case.hpp"
#include "src/findings/finding.hpp"

namespace ctrlpass {

/// "/etc/modprobe.d/vfio.conf has vfio-pci ids=1b21:2142".
std::string option_text(const IdsOption& option);

/// Where an option like `vfio-pci.ids` takes the function: "the kernel command line" or a file.
/// Such a function may go there before anything else looks at it, in the initramfs already.
std::optional<std::string> ids_option_for(const Host& host, const Function& function);

std::vector<Finding> judge_ids_option(const Case& facts, const Function& function);

}  // namespace ctrlpass
