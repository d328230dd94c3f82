// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "iommu/root.hpp"

namespace ctrlpass {

/// What the kernel command line (`MODULE.KEY=…`) and modprobe.d (`options MODULE KEY=…`) say about
/// an option of a module, each with the place where it stands, the command line first. '-' and '_'
/// in the module's name are the same.
std::vector<std::pair<std::string, std::string>> read_module_options(
    const Root& root, const std::string& command_line, const std::string& module,
    const std::string& key);

}  // namespace ctrlpass
