// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

#include "iommu/disk_uses.hpp"
#include "iommu/host.hpp"
#include "iommu/root.hpp"

namespace ctrlpass {

/// Something that the host has from another machine and uses.
struct RemoteUse {
    std::string text;  ///< "192.0.2.1:/srv/root (nfs) mounted on /"
    bool of_system = false;
    std::string peer;                ///< its address or name, "" when not known
    std::vector<std::string> links;  ///< where the kernel says by which it comes
};

/// Network file systems, and disks of iSCSI, NBD, NVMe over TCP, AoE and Ceph, with what stands
/// upon them.
std::vector<RemoteUse> read_remote_uses(const Root& root, DiskUses& disks);

/// Those that come over a link, or over what is built upon it as its uses say.
std::vector<LinkUse> remote_uses_of(const Root& root, const std::vector<RemoteUse>& remotes,
                                    const Network& network, const std::string& link,
                                    const std::vector<LinkUse>& uses);

}  // namespace ctrlpass
