// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "iommu/descriptor.hpp"

namespace ctrlpass {

/// Is it ours alone? Whoever can write here decides what ctrlpass does as root.
Result<> check_private(int descriptor, const std::string& path);

/// A folder below another that is ours alone, made (0700) when `make`. Links are not followed.
Result<Descriptor> open_private_folder(int above, const std::string& name, const std::string& path,
                                       bool make);

/// The state directory. Its parents may be links and are made with their ordinary modes; STATE
/// itself is neither. Whoever makes it asks whether others may change what lies above it.
Result<Descriptor> open_state(const std::string& state, bool make);

/// The path by which `open_state` finds a state directory that this process holds open, whatever
/// becomes of its place meanwhile.
std::string held_state(const Descriptor& folder);

}  // namespace ctrlpass
