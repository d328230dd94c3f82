// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "iommu/host.hpp"
#include "iommu/names.hpp"

namespace ctrlpass {

/// The pins of a function as lines of a profile, each after `indent`.
std::string pins_text(const Function& function, const std::string& indent);

/// A profile with all pins for this controller and its companions, as TOML text with comments.
/// Other functions of the IOMMU group that a host driver keeps are written as comments: taking
/// them along is for a person to decide. `vm` may be "".
std::string profile_text(const Host& host, const PciNames& names, const Function& controller,
                         const std::string& vm);

}  // namespace ctrlpass
