// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/zpool_cache.hpp"

#include <doctest/doctest.h>

#include "tests/support/packed_nvlist.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;

namespace {

PackedList vdev(const std::string& path, std::uint64_t guid) {
    PackedList list;
    return list.text("type", "disk").number("guid", guid).text("path", path);
}

std::string two_pools() {
    PackedList tree;
    tree.text("type", "root").number("guid", 7);
    tree.lists("children", {vdev("/dev/disk/by-id/usb-a-part1", 11),
                            vdev("/dev/sdc1", 12).number("is_log", 1)});
    tree.lists("l2cache", {vdev("/dev/sdd1", 13)}).lists("spares", {vdev("/dev/sde1", 14)});
    PackedList tank;
    tank.number("version", 5000).text("name", "tank").number("pool_guid", 99);
    tank.list("vdev_tree", tree);
    PackedList other_tree;
    other_tree.lists("children", {vdev("/dev/sdf1", 15)});
    PackedList other;
    other.list("vdev_tree", other_tree);
    PackedList file;
    file.list("tank", tank).list("backup", other);
    return file.packed();
}

}  // namespace

TEST_CASE("the pools of zpool.cache have all their devices, logs, caches and spares too") {
    const auto pools = parse_zpool_cache(two_pools());
    REQUIRE(pools.has_value());
    REQUIRE(pools->size() == 2);
    CHECK((*pools)[0] == CachedPool{"tank",
                                    "99",
                                    {{"/dev/disk/by-id/usb-a-part1", "11", ""},
                                     {"/dev/sdc1", "12", "log"},
                                     {"/dev/sdd1", "13", "cache"},
                                     {"/dev/sde1", "14", "spare"}}});
    CHECK((*pools)[1] == CachedPool{"backup", "", {{"/dev/sdf1", "15", ""}}});
}

TEST_CASE("a zpool.cache that is cut short, or no nvlist at all, is not understood") {
    const std::string whole = two_pools();
    for (std::size_t length = 0; length < whole.size(); ++length)
        CHECK_FALSE(parse_zpool_cache(whole.substr(0, length)));
    CHECK_FALSE(parse_zpool_cache("pool tank\n"));
    CHECK_FALSE(parse_zpool_cache(std::string(4096, '\xff')));
}

TEST_CASE("a zpool.cache of any bytes is read to an end") {
    const std::string whole = two_pools();
    for (std::size_t at = 0; at < whole.size(); ++at)
        for (const char byte : {'\x00', '\x01', '\x7f', '\xff'}) {
            std::string changed = whole;
            changed[at] = byte;
            (void)parse_zpool_cache(changed);
        }
    // Lists within lists, deeper than any vdev.
    PackedList deep;
    for (int i = 0; i < 40; ++i) {
        PackedList around;
        around.list("children", deep);
        deep = around;
    }
    CHECK_FALSE(parse_zpool_cache(deep.packed()));
}
