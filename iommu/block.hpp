// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "iommu/root.hpp"

namespace ctrlpass {

/// A block device: what the kernel and udev say of it.
struct Block {
    std::string name;    ///< "sda2", "dm-0"
    std::string node;    ///< "/dev/sda2", of a mapped device "/dev/mapper/home"
    std::string number;  ///< "8:2"; "" when it is gone
    std::string dm_uuid;  ///< of a mapped device, its first word tells who made it: "CRYPT-LUKS2-…"
    std::map<std::string, std::string> udev;  ///< ID_FS_TYPE and its kin, without those not set
    bool partition = false;

    /// A property of udev, "" when it has none.
    std::string property(const std::string& key) const;
};
Block read_block(const Root& root, const std::string& name);

/// Its partitions, as the kernel names them.
std::vector<std::string> partitions_of(const Root& root, const std::string& name);

/// Where a node leads below /dev, links followed: "sda2" for "/dev/disk/by-uuid/…". Nothing when
/// there is no such link; a name that is no link is the answer itself.
std::optional<std::string> block_at(const Root& root, const std::string& node);

}  // namespace ctrlpass
