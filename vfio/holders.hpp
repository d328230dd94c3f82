// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <span>
#include <string>
#include <vector>

#include "iommu/root.hpp"

namespace ctrlpass {

/// A process that has a VFIO group or one of its devices open.
struct Holder {
    int group = 0;
    int pid = 0;
    std::string process;  ///< its command name, hostile text: "qemu-system-x86"
    std::string guest;    ///< the name after `-name guest=` of a QEMU, "" for others
    std::string node;     ///< "/dev/vfio/28"
    bool operator==(const Holder&) const = default;
};

struct Holders {
    std::vector<Holder> holders;  ///< by group, then pid; each process once for each group
    bool complete = true;         ///< false: there were processes we may not look into (not root)
};

/// Looks through /proc/*/fd for the groups' nodes: by device number on the live machine, since
/// libvirt's guests have a /dev of their own, by name in a captured one. Opens nothing.
Holders read_holders(const Root& root, std::span<const int> groups);

}  // namespace ctrlpass
