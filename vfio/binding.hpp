// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>

#include "iommu/address.hpp"
#include "iommu/root.hpp"
#include "vfio/kernel.hpp"

namespace ctrlpass {

/// To whom a PCI function belongs: one setting, because a probe obeys the override and the two
/// cannot be undone apart.
struct Binding {
    std::optional<std::string> driver;         ///< none: bound to nothing
    std::optional<std::string> override_name;  ///< driver_override, absent for "(null)"
    auto operator<=>(const Binding&) const = default;
};

/// What is so now. A function that is not there is `missing`; one to which a write is known to hang
/// is `stuck`, and not asked.
Result<Binding> read_binding(const Root& root, const PciAddress& address);

/// Makes it so, from wherever it stands: override first (it closes the race with a probe going on
/// elsewhere), then unbind, then bind, then reads back. Loads the wanted driver's module when the
/// driver is not there (by the function's modalias). For vfio drivers waits, bounded, for
/// /dev/vfio/N. A failure leaves the function where it stands, without a driver at worst: the
/// caller puts back what was there by the same call.
Result<> write_binding(const Root& root, Kernel& kernel, const PciAddress& address,
                       const Binding& wanted);

}  // namespace ctrlpass
