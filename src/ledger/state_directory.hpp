// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "iommu/descriptor.hpp"
#include "iommu/result.hpp"

namespace ctrlpass {

/// Whoever can write here decides what ctrlpass does as root. Errors: it belongs to another user
/// (`denied` to those who are not root), others may write to it.
Result<> check_private(int descriptor, const std::string& path);

/// A directory below another, private and no link; made (0700) when `make` and missing.
Result<Descriptor> open_private_directory(int above, const std::string& name,
                                          const std::string& path, bool make);

/// The state directory. Its parents may be links and are made with their ordinary modes; it is
/// neither. With `make` its parents must be such that only root can exchange it.
Result<Descriptor> open_state(const std::string& state, bool make);

}  // namespace ctrlpass
