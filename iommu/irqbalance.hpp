// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>

#include "iommu/root.hpp"

namespace ctrlpass {

/// The daemon that moves interrupts between CPUs, every 10 s and away from isolated ones.
struct Irqbalance {
    int process = 0;
    bool spares_vfio = false;  ///< told to leave what is bound to vfio-pci alone (--banmod)
    bool operator==(const Irqbalance&) const = default;
};

/// Nothing where it does not run.
std::optional<Irqbalance> read_irqbalance(const Root& root);

}  // namespace ctrlpass
