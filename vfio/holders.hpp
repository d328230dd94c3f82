// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <span>
#include <string>
#include <vector>

#include "iommu/host.hpp"
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

/// A process that has a node of the host open: a disk, a sound card, a USB device.
struct Opened {
    std::string node;  ///< "/dev/sdb"
    int pid = 0;
    std::string process;
    std::string guest;  ///< as of a Holder
    bool operator==(const Opened&) const = default;
};

struct Holders {
    std::vector<Holder> holders;  ///< by group, then pid; each process once for each group
    std::vector<Opened> opened;   ///< by pid, then node
    bool complete = true;         ///< false: there were processes we may not look into (not root)
};

/// Looks once through /proc/*/fd for the groups' nodes and for these: by device number on the live
/// machine, since libvirt's guests have a /dev of their own, by name in a captured one. Opens
/// nothing.
Holders read_holders(const Root& root, std::span<const int> groups,
                     std::span<const DeviceNode> nodes = {});

}  // namespace ctrlpass
