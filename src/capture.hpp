// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "iommu/root.hpp"

namespace ctrlpass {

/// Copies what ctrlpass reads of a host into a directory that is new or empty, as a tree for
/// `--root`: the same inspect, and the host part of the same plan, come out of it. Serial numbers,
/// MAC and IP addresses are masked.
Result<> capture(const Root& from, const std::string& directory);

}  // namespace ctrlpass
