// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/zfs_pools.hpp"

#include <algorithm>

#include "iommu/ascii.hpp"

namespace ctrlpass {

namespace {

constexpr auto states = "proc/spl/kstat/zfs";
constexpr auto cache = "etc/zfs/zpool.cache";
constexpr std::size_t longest_cache = 16U << 20U;

bool is_cached(const ZfsPools& pools, const std::string& name) {
    return std::ranges::find(pools.cached, name, &CachedPool::name) != pools.cached.end();
}

/// Made by zfs for itself, though udev sees no label of a pool: a cache or a spare has none.
bool may_be_of_zfs(const Block& block) {
    constexpr auto partition_type = "6a898cc3-1dd2-11b2-99a6-080020736631";
    const std::string type = block.property("ID_FS_TYPE");
    if (type == "zfs_member") return block.property("ID_FS_LABEL").empty();
    return type.empty() && (lower(block.property("ID_PART_ENTRY_TYPE")) == partition_type ||
                            block.property("ID_PART_ENTRY_NAME").starts_with("zfs-"));
}

}  // namespace

ZfsPools read_zfs_pools(const Root& root) {
    ZfsPools pools;
    const auto names = root.list(states);
    if (!names) {
        pools.imported_known = names.error().trouble == Trouble::missing;
    } else {
        for (const std::string& name : *names) {
            const std::string home = states + ("/" + name);
            // Beside the pools there are files, "arcstats" and others.
            if (!root.list(home)) continue;
            pools.imported.insert(name);
            if (auto guid = root.attribute(home + "/guid")) pools.guids.insert(std::move(*guid));
        }
    }
    const auto text = root.read(cache, longest_cache);
    if (!text) return pools;
    auto cached = parse_zpool_cache(*text);
    pools.cache_known = cached.has_value();
    if (cached) pools.cached = std::move(*cached);
    return pools;
}

DiskSpec spec_of(const Root& root, const CachedPool::Device& device) {
    DiskSpec spec{device.path, block_at(root, device.path)};
    if (device.guid.empty()) return spec;
    spec.property = "ID_FS_UUID_SUB";
    spec.values = {device.guid};
    spec.by_property = true;
    return spec;
}

std::optional<ZfsUse> zfs_use(const Root& root, const ZfsPools& pools, const Block& block) {
    for (const CachedPool& pool : pools.cached)
        for (const CachedPool::Device& device : pool.devices)
            if (pools.imported.contains(pool.name) && means(spec_of(root, device), block))
                return ZfsUse{pool.name, {}};
    const bool member = block.property("ID_FS_TYPE") == "zfs_member";
    const std::string label = block.property("ID_FS_LABEL");
    if (member && pools.imported.contains(label)) return ZfsUse{label, {}};
    if (!member && !may_be_of_zfs(block)) return std::nullopt;
    if (!pools.imported_known)
        return ZfsUse{{},
                      "not known whether zfs has " + block.node + " in use: /" +
                          std::string(states) + " cannot be read"};
    // A pool may have another name than its label once it was imported under that.
    if (member && pools.guids.contains(block.property("ID_FS_UUID")))
        return ZfsUse{"with the label " + label, {}};
    if (!may_be_of_zfs(block)) return std::nullopt;
    // Those in the cache file tell all their devices; of others only zfs itself knows.
    std::string unknown;
    for (const std::string& name : pools.imported)
        if (!is_cached(pools, name)) unknown += (unknown.empty() ? "" : ", ") + name;
    if (unknown.empty()) return std::nullopt;
    return ZfsUse{{},
                  "not known whether the zfs pool " + unknown + " has " + block.node +
                      " as cache, log or spare"};
}

}  // namespace ctrlpass
