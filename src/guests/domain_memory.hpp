// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "iommu/result.hpp"

namespace ctrlpass {

/// What a definition says about the guest's memory, in KiB.
struct DomainMemory {
    std::uint64_t size = 0;
    std::optional<std::uint64_t> hard_limit;  ///< <memtune>: of the whole QEMU process
    bool iommu = false;  ///< the guest has an IOMMU: each VFIO device maps all memory once more
    bool operator==(const DomainMemory&) const = default;
};

/// Errors: not a definition. A size that is not understood counts as not said.
Result<DomainMemory> memory_in(const std::string& domain_xml);

/// What libvirt lets QEMU lock for this many VFIO devices when there is no hard_limit, which it
/// takes in place of it (qemuDomainGetMemLockLimitBytes).
std::uint64_t locked_for(const DomainMemory& memory, std::size_t devices);

}  // namespace ctrlpass
