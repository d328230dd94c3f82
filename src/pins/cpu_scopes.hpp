// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <vector>

#include "iommu/cpus.hpp"

namespace ctrlpass {

/// CPUs among which a guest would be at home: those of a cache, of a node, of several nodes. The
/// parts are in the order in which they are to be used up.
using CpuScope = std::vector<CpuSet>;

/// The scopes, best first, in ranks: what fits well anywhere in a rank is better than what just
/// fits in its first scope. First the wanted nodes, their caches before the whole nodes, then the
/// other nodes by their distance, then more and more nodes together.
std::vector<std::vector<CpuScope>> scopes_near(const Cpus& host, const std::vector<int>& nodes);

/// From the nearest of the wanted nodes; nothing where the firmware does not tell.
std::optional<unsigned> distance_of(const Cpus& host, int node, const std::vector<int>& nodes);

}  // namespace ctrlpass
