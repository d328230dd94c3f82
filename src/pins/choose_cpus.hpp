// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <vector>

#include "iommu/cpus.hpp"

namespace ctrlpass {

/// CPUs are looked for, one for each vCPU of a guest.
struct CpuSearch {
    const Cpus& host;
    CpuSet candidates;       ///< online ones
    CpuSet avoid;            ///< used only where the other candidates do not suffice
    std::vector<int> nodes;  ///< NUMA nodes to be near to; empty: none is better than another
    unsigned vcpus = 1;
    unsigned threads = 1;  ///< of a core of the guest: vCPUs N*threads… are siblings
};

/// The rule, in the order in which it gives way: candidates that are not to be avoided; one kind
/// of core, performance before efficiency; one of the wanted nodes, otherwise the nearest, and
/// several only where no single one has room; siblings of the guest on siblings, on cores that
/// are nobody else's, and vCPUs that have none on cores of their own; one last-level cache; the
/// lowest numbers. Nothing when there are fewer candidates than vCPUs.
/// The result has the CPU of each vCPU, all different.
std::optional<std::vector<unsigned>> choose_cpus(const CpuSearch& search);

}  // namespace ctrlpass
