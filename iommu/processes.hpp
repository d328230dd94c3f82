// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

#include "iommu/root.hpp"

namespace ctrlpass {

/// Ids of the processes in /proc, smallest first.
std::vector<int> process_ids(const Root& root);

/// Its directory: "proc/711".
std::string process_home(int pid);

/// Its command name, hostile text; "" when it is gone.
std::string process_name(const Root& root, int pid);

}  // namespace ctrlpass
