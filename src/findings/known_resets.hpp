// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "iommu/address.hpp"

namespace ctrlpass {

/// A part that is known to fare badly when a guest resets it. Nothing is in the table without a
/// source.
struct KnownReset {
    PciId id;
    std::string_view name;
    /// The way of resetting that fails, as in `reset_method`; "" where every start of a guest can.
    std::string_view method;
    std::string_view what_happens;
    std::string_view hint;  ///< where there is more to say than the finding's own
    std::string_view source;
};
std::span<const KnownReset> known_resets();

/// The row that speaks of this part with the ways of resetting that the kernel has for it, null
/// where none does. VFIO uses the first way that works, so only the first one counts: a kernel that
/// knows better does not offer the bad one.
const KnownReset* known_reset_of(const PciId& id, const std::vector<std::string>& methods);

/// Parts whose firmware is in RAM: the host's driver uploads it where the board has no ROM for it.
bool has_uploaded_firmware(const PciId& id);

}  // namespace ctrlpass
