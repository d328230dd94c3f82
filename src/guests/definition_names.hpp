// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

#include "iommu/result.hpp"
#include "src/guests/named.hpp"

namespace ctrlpass {

/// What a domain's definition names of the host besides its PCI hostdevs: other hostdevs, every
/// path below /dev, network links of macvtap, ALSA's cards, and what is in <qemu:commandline>.
inline constexpr std::size_t most_named = 1024;
Result<std::vector<Named>> named_in(const std::string& domain_xml);

}  // namespace ctrlpass
