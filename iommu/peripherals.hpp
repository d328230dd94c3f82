// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <span>
#include <vector>

#include "iommu/host.hpp"
#include "iommu/node_walk.hpp"
#include "iommu/root.hpp"

namespace ctrlpass {

/// What is used by these nodes and is of none of the classes of read_attached: DVB tuners, tape
/// drives, medium changers, displays, watchdogs, and whatever else has a node of its own.
std::vector<Attached> read_peripherals(const Root& root, std::span<const NodePlace> places);

}  // namespace ctrlpass
