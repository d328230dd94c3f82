// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "iommu/root.hpp"
#include "src/plan/planner.hpp"

namespace ctrlpass {

/// Where the threads and interrupts of the profiles' guests are to run: of each profile with [pin]
/// whose domain is known.
Result<> gather_placements(const Root& root, Facts& facts);

/// The hook that the profiles want, and what is there of hooks. `state`: the state directory.
void gather_hook(const Root& root, const std::string& state, Facts& facts);

}  // namespace ctrlpass
