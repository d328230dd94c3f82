// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "iommu/host.hpp"
#include "iommu/mounts.hpp"
#include "iommu/root.hpp"

namespace ctrlpass {

/// Something in the kernel that has a block device or a file open, which no process and no holder
/// shows.
struct KernelUser {
    DiskLayer layer;
    std::string path;    ///< "/dev/sdb", "/srv/usb/disk.img"; "" when only the number is known
    std::string number;  ///< "8:16" of a block device, where the kernel says it
    /// A block device of its own ("loop0"), upon which other things may stand.
    std::string device = {};
    /// A file system of its own, likewise: an overlay, or one that is made of a file.
    const Mount* mount = nullptr;
    bool swap = false;
};

/// Loop devices, exports (LIO, nvmet, USB gadgets, SCST), zram's backing devices, and of the mounts
/// those that are made of files and folders; swap files. The mounts must outlive it.
std::vector<KernelUser> read_kernel_users(const Root& root, const Mounts& mounts);

}  // namespace ctrlpass
