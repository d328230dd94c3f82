// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/processes.hpp"

#include <algorithm>

#include "iommu/number.hpp"

namespace ctrlpass {

std::vector<int> process_ids(const Root& root) {
    std::vector<int> pids;
    for (const std::string& name : root.names("proc"))
        if (const auto pid = number_in<int>(name); pid && *pid > 0) pids.push_back(*pid);
    std::ranges::sort(pids);
    return pids;
}

std::string process_home(int pid) { return "proc/" + std::to_string(pid); }

std::string process_name(const Root& root, int pid) {
    return root.attribute(process_home(pid) + "/comm").value_or("");
}

}  // namespace ctrlpass
