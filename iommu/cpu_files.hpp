// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "iommu/cpus.hpp"

namespace ctrlpass {

/// A list of CPUs of sysfs. Empty where there is none: no such file, an empty list, "(null)" of
/// nohz_full, or what is no list. Some kernels end their lists in a NUL byte.
CpuSet cpus_at(const Root& root, const std::string& path);

/// "sys/devices/system/cpu/cpu3/".
std::string cpu_directory(unsigned cpu);

}  // namespace ctrlpass
