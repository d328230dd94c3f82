// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <span>
#include <string>
#include <vector>

#include "iommu/host.hpp"
#include "iommu/root.hpp"

namespace ctrlpass {

/// A process that has a node open.
struct Opener {
    std::string node;  ///< the path that was asked about
    int pid = 0;
    bool operator==(const Opener&) const = default;
};

struct Openers {
    std::vector<Opener> openers;  ///< each process once for each node, by process
    bool complete = true;         ///< false: there were processes we may not look into (not root)
};

/// Looks once through /proc/*/fd for these nodes: by device number on the live machine, since
/// containers and libvirt's guests have a /dev of their own, by name in a captured one. Opens
/// nothing, and looks at nothing when no node is asked about.
Openers read_openers(const Root& root, std::span<const DeviceNode> nodes);

}  // namespace ctrlpass
