// SPDX-License-Identifier: GPL-2.0-or-later
#include <cstdint>

#include "iommu/number.hpp"
#include "iommu/zpool_cache.hpp"
#include "src/capture/filters.hpp"

namespace ctrlpass::filters {

namespace {

// Of module/nvpair/nvpair.c of OpenZFS, as zpool_cache.cpp reads them.
constexpr std::uint32_t packed_number = 8;
constexpr std::uint32_t packed_text = 9;
constexpr std::uint32_t packed_list = 19;
constexpr std::uint32_t packed_lists = 20;

std::string xdr(std::uint64_t number, int bytes) {
    std::string text;
    for (int i = bytes - 1; i >= 0; --i)
        text += static_cast<char>(number >> static_cast<unsigned>(8 * i) & 0xffU);
    return text;
}

std::string xdr(const std::string& text) {
    return xdr(text.size(), 4) + text + std::string((4 - text.size() % 4) % 4, '\0');
}

/// The two sizes of a pair: as it stands here, and in memory, which nobody needs.
std::string pair(const std::string& name, std::uint32_t type, std::size_t count,
                 const std::string& value) {
    const std::string all = xdr(name) + xdr(type, 4) + xdr(count, 4) + value;
    return xdr(all.size() + 8, 4) + xdr(all.size() + 8, 4) + all;
}

std::string list(const std::string& pairs) { return xdr(0, 4) + xdr(1, 4) + pairs + xdr(0, 8); }

std::string number_pair(const std::string& name, std::uint64_t number) {
    return pair(name, packed_number, 1, xdr(number, 8));
}

std::string guid_pair(Mask& mask, const std::string& name, const std::string& guid) {
    const auto number = number_in<std::uint64_t>(mask.names.id(guid));
    return guid.empty() || !number ? "" : number_pair(name, *number);
}

std::string device(Mask& mask, const CachedPool::Device& given) {
    return list(pair("path", packed_text, 1, xdr(mask.places.path(given.path))) +
                guid_pair(mask, "guid", given.guid) +
                (given.part == "log" ? number_pair("is_log", 1) : ""));
}

/// Data and logs are below each other; caches and spares are lists of their own.
std::string devices(Mask& mask, const CachedPool& pool) {
    std::string pairs;
    for (const std::string name : {"children", "l2cache", "spares"}) {
        std::string all;
        std::size_t count = 0;
        for (const CachedPool::Device& each : pool.devices) {
            const std::string place = each.part == "cache"   ? "l2cache"
                                      : each.part == "spare" ? "spares"
                                                             : "children";
            if (place != name) continue;
            all += device(mask, each);
            ++count;
        }
        if (count > 0) pairs += pair(name, packed_lists, count, all);
    }
    return list(pairs);
}

}  // namespace

/// Written anew: the names, numbers and devices of its pools, by their pseudonyms.
std::string zpool_cache(Mask& mask, const std::string&, const std::string& text) {
    const auto pools = parse_zpool_cache(text);
    if (!pools) return "";
    std::string pairs;
    for (const CachedPool& pool : *pools)
        pairs += pair(mask.names.name(pool.name), packed_list, 1,
                      list(guid_pair(mask, "pool_guid", pool.guid) +
                           pair("vdev_tree", packed_list, 1, devices(mask, pool))));
    constexpr std::uint32_t is_xdr = 0x01010000;
    return xdr(is_xdr, 4) + list(pairs);
}

}  // namespace ctrlpass::filters
