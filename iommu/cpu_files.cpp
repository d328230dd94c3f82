// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/cpu_files.hpp"

#include "iommu/cpu_list.hpp"

namespace ctrlpass {

CpuSet cpus_at(const Root& root, const std::string& path) {
    std::string text = root.attribute(path).value_or("");
    while (text.ends_with('\n') || text.ends_with('\0')) text.pop_back();
    return parse_cpu_list(text).value_or(CpuSet{});
}

std::string cpu_directory(unsigned cpu) {
    return "sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/";
}

}  // namespace ctrlpass
