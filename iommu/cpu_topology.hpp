// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "iommu/cpus.hpp"

namespace ctrlpass {

/// Fills in core, cluster, die, package and cache of the CPUs that are online. What CPUs share is
/// read of the first of them and holds for all: 512 CPUs are not 512 times the files.
void read_topology(const Root& root, Cpus& cpus);

}  // namespace ctrlpass
