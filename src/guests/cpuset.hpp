// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string_view>

#include "iommu/cpus.hpp"

namespace ctrlpass {

/// A set of CPUs as libvirt reads it (virBitmapParse): "0-3,^2" from left to right, ranges may
/// overlap, white space around numbers. Nothing where libvirt would refuse it, the empty set
/// included, and for CPUs that no kernel has.
std::optional<CpuSet> parse_cpuset(std::string_view text);

}  // namespace ctrlpass
