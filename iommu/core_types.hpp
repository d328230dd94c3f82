// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "iommu/cpus.hpp"

namespace ctrlpass {

/// Fills in the type of the cores of hybrid packages; siblings and packages are known already.
void read_core_types(const Root& root, Cpus& cpus);

}  // namespace ctrlpass
