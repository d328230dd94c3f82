// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/network.hpp"

#include <doctest/doctest.h>

#include "tests/support/temp_tree.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;

namespace {

const std::string head = "Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT\n";

/// eth0 with 192.168.1.17/24 and the default route, eth1 with 10.0.0.1/8.
struct TwoLinks : TempTree {
    TwoLinks() {
        file("proc/net/route", head +
                                   "eth0 00000000 0101A8C0 0003 0 0 100 00000000 0 0 0\n"
                                   "eth0 0001A8C0 00000000 0001 0 0 100 00FFFFFF 0 0 0\n"
                                   "eth1 0000000A 00000000 0001 0 0 100 000000FF 0 0 0\n"
                                   "*    000011AC 00000000 0200 0 0 0 0000FFFF 0 0 0\n");
        file("proc/net/fib_trie",
             "Main:\n     |-- 192.168.1.0\n        /24 link UNICAST\nLocal:\n"
             "     |-- 127.0.0.1\n        /32 host LOCAL\n     |-- 192.168.1.17\n"
             "        /32 host LOCAL\n     |-- 192.168.1.255\n        /32 link BROADCAST\n"
             "     |-- 10.0.0.1\n        /32 host LOCAL\n");
        for (const char* const link : {"eth0", "eth1", "eth2"})
            file(std::string("sys/class/net/") + link + "/operstate", "up\n");
    }
};

std::vector<std::string> uses(const TempTree& tree, const std::string& link) {
    const Root root = tree.root();
    std::vector<std::string> texts;
    for (const LinkUse& use : link_uses(root, read_network(root), link))
        texts.push_back(to_string(use, link));
    return texts;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("addresses and the default route are told of the link that has them") {
    const TwoLinks tree;
    CHECK(uses(tree, "eth0") == Texts{"address 192.168.1.17", "the default route"});
    CHECK(uses(tree, "eth1") == Texts{"address 10.0.0.1"});
}

TEST_CASE("a link without address, route and anything built upon it is not used") {
    const TwoLinks tree;
    tree.file("proc/net/if_inet6", "fe8000000000000002e04cfffe680001 04 40 20 80 eth2\n");
    tree.file("proc/net/ipv6_route",
              "fe800000000000000000000000000000 40 00000000000000000000000000000000 00 "
              "00000000000000000000000000000000 00000100 00000001 00000000 00000001 eth2\n"
              "ff000000000000000000000000000000 08 00000000000000000000000000000000 00 "
              "00000000000000000000000000000000 00000100 00000001 00000000 00000001 eth2\n");
    CHECK(uses(tree, "eth2").empty());
}

TEST_CASE("IPv6 addresses and routes count") {
    const TwoLinks tree;
    tree.file("proc/net/if_inet6", "20010db8000000000000000000000017 04 40 00 80 eth2\n");
    tree.file("proc/net/ipv6_route",
              "00000000000000000000000000000000 00 00000000000000000000000000000000 00 "
              "fe800000000000000000000000000001 00000400 00000001 00000000 00450003 eth2\n"
              "00000000000000000000000000000000 00 00000000000000000000000000000000 00 "
              "00000000000000000000000000000000 ffffffff 00000001 00000000 00200200 lo\n");
    CHECK(uses(tree, "eth2") == Texts{"address 2001:db8::17", "the default route"});
}

TEST_CASE("a route without an address of ours is told by its network") {
    const TwoLinks tree;
    tree.file("proc/net/route", head + "eth2 0002A8C0 00000000 0001 0 0 100 00FFFFFF 0 0 0\n");
    CHECK(uses(tree, "eth2") == Texts{"route to 192.168.2.0/24"});
}

TEST_CASE("a port of a bridge or a bond, and a link with VLANs, have what is built upon them") {
    const TwoLinks tree;
    tree.file("sys/class/net/eth0/bridge/bridge_id", "8000\n");
    tree.file("sys/class/net/bond0/bonding/mode", "active-backup 1\n");
    tree.link("sys/class/net/bond0/master", "../eth0");
    tree.link("sys/class/net/eth2/master", "../bond0");
    tree.link("sys/class/net/eth2/upper_bond0", "../bond0");
    CHECK(uses(tree, "eth2") == Texts{"port of bond bond0", "port of bridge eth0",
                                      "address 192.168.1.17 (eth0)", "the default route (eth0)"});
    tree.link("sys/class/net/wlan0/upper_eth1", "../eth1");
    CHECK(uses(tree, "wlan0") == Texts{"carries eth1", "address 10.0.0.1 (eth1)"});
}

TEST_CASE("links that are built upon each other do not go on for ever") {
    const TwoLinks tree;
    tree.link("sys/class/net/eth2/upper_eth3", "../eth3");
    tree.link("sys/class/net/eth3/upper_eth2", "../eth2");
    CHECK(uses(tree, "eth2") == Texts{"carries eth3"});
}

TEST_CASE("an ssh connection goes over the link with our address, or else by the best route") {
    const Network network = read_network(TwoLinks().root());
    const auto links = [&](const std::string& local, const std::string& remote) {
        return links_of_connection(network, local, remote);
    };
    CHECK(links("192.168.1.17", "10.1.1.1") == Texts{"eth0"});
    CHECK(links("::ffff:192.168.1.17", "::ffff:10.1.1.1") == Texts{"eth0"});
    CHECK(links("172.16.0.1", "10.1.1.1") == Texts{"eth1"});
    CHECK(links("172.16.0.1", "8.8.8.8") == Texts{"eth0"});
    CHECK(links("fe80::1%eth2", "fe80::2%eth2") == Texts{"eth2"});
    CHECK(links("nonsense", "").empty());
}

TEST_CASE("tables that make no sense are passed over") {
    const TwoLinks tree;
    tree.file("proc/net/route", head + "eth0 zz 0 0003\neth0 0001A8C0 0 xx 0 0 0 00FFFFFF\n\n");
    tree.file("proc/net/fib_trie", "|--\n/32 host LOCAL\n|-- 1.2.3\n   /32 host LOCAL\n");
    tree.file("proc/net/if_inet6", "20 1 2\nfg00 04 40 00 80 eth2\n");
    tree.file("proc/net/ipv6_route", "00 ff 1 2 3 4 5 6 7 eth2\n");
    const Network network = read_network(tree.root());
    CHECK(network.addresses.empty());
    CHECK(network.routes.empty());
}
