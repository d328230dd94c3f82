// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <variant>
#include <vector>

#include "iommu/cpus.hpp"

namespace ctrlpass {

/// CPUs that are chosen by the rule of src/pins/place.hpp.
enum class CpuKind { isolated, housekeeping };
using CpuWish = std::variant<CpuKind, CpuSet>;

/// [pin] of a profile. What is absent is left as it is.
struct PinWish {
    /// A kind, or an entry for each vCPU.
    std::optional<std::variant<CpuKind, std::vector<CpuSet>>> vcpus;
    std::optional<CpuWish> emulator;
    std::optional<CpuWish> iothreads;
    std::optional<CpuWish> interrupts;
    bool operator==(const PinWish&) const = default;
};

}  // namespace ctrlpass
