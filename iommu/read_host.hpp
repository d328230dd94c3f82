// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <functional>
#include <vector>

#include "iommu/host.hpp"
#include "iommu/root.hpp"

namespace ctrlpass {

/// How much of the host is wanted. Address, class and path of every function are always read.
struct Scope {
    /// Details of every function, every group and every controller: what `inspect` shows. What
    /// hangs below them is read for the subjects alone where there are any, otherwise for all.
    bool everything = false;
    /// Otherwise: who the subjects are, once the places are known. Their details are read, those
    /// of the other members of their groups, of their companions, and the trees below them.
    std::function<std::vector<PciAddress>(const std::vector<Place>&)> subjects;
};

/// The picture of the host. Wakes no sleeping device: no `config` is read. A function that
/// vanishes while it is read is left out. Errors: no PCI bus in sysfs at all (`missing`),
/// an attribute of a subject that is there and cannot be read or understood.
Result<Host> read_host(const Root& root, const Scope& scope);

}  // namespace ctrlpass
