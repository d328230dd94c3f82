// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "iommu/block.hpp"
#include "iommu/disk_spec.hpp"
#include "iommu/root.hpp"
#include "iommu/zpool_cache.hpp"

namespace ctrlpass {

/// What can be known of zfs pools without asking zfs, which would want /dev/zfs.
struct ZfsPools {
    std::set<std::string> imported;  ///< by /proc/spl/kstat/zfs
    std::set<std::string> guids;     ///< of those, where the kernel tells (OpenZFS 2.2)
    bool imported_known = true;
    std::vector<CachedPool> cached;
    bool cache_known = true;  ///< false: zpool.cache is there and was not understood
};
ZfsPools read_zfs_pools(const Root& root);

/// The device of a cached pool as a name.
DiskSpec spec_of(const Root& root, const CachedPool::Device& device);

/// What zfs does with a block device.
struct ZfsUse {
    std::string pool;     ///< the imported pool that it belongs to, "" when not known
    std::string unclear;  ///< or what is not known: "not known whether …"
};
/// Nothing where it is of no imported pool.
std::optional<ZfsUse> zfs_use(const Root& root, const ZfsPools& pools, const Block& block);

}  // namespace ctrlpass
