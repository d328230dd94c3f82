// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "iommu/host.hpp"
#include "iommu/names.hpp"
#include "src/plan/repin.hpp"

namespace ctrlpass {

/// The pins of a function as lines of a profile, each after `indent`.
std::string pins_text(const Function& function, const std::string& indent);

/// A profile with all pins for this controller and its companions, as TOML text with comments.
/// Other functions of the IOMMU group that a host driver keeps are written as comments: taking
/// them along is for a person to decide. `vm` may be "".
std::string profile_text(const Host& host, const PciNames& names, const Function& controller,
                         const std::string& vm);

/// The same profile with the pins of where its functions are now. What it says besides is kept,
/// comments are not. All of its controllers must have been found.
std::string profile_text(const Host& host, const PciNames& names, const Profile& profile,
                         const Repinned& repinned);

/// A TOML string that reads back as this text, with nothing in it that a terminal would obey.
std::string toml_string(std::string_view text);

}  // namespace ctrlpass
