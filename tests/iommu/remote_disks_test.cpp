// SPDX-License-Identifier: GPL-2.0-or-later
// What the host has from other machines, and over which link.
#include "iommu/remote_disks.hpp"

#include <doctest/doctest.h>

#include "iommu/network.hpp"
#include "tests/support/disk_tree.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;

namespace {

using Texts = std::vector<std::string>;

/// 192.0.2.0/24 and the default route by eth5, 10.0.0.0/8 by eth0.
struct LinkTree : DiskTree {
    LinkTree() { routes(""); }
    void routes(const std::string& more) const {
        file("proc/net/route",
             "Iface Destination Gateway Flags RefCnt Use Metric Mask\n"
             "eth5 00000000 010200C0 0003 0 0 100 00000000 0 0 0\n"
             "eth5 000200C0 00000000 0001 0 0 100 00FFFFFF 0 0 0\n"
             "eth0 0000000A 00000000 0001 0 0 100 000000FF 0 0 0\n" +
                 more);
    }
    std::vector<LinkUse> link_uses_of(const std::string& link) const {
        const Root root = this->root();
        const Network network = read_network(root);
        DiskUses disks(root);
        return remote_uses_of(root, read_remote_uses(root, disks), network, link,
                              link_uses(root, network, link));
    }
    Texts remote(const std::string& link) const {
        Texts texts;
        for (const LinkUse& use : link_uses_of(link)) texts.push_back(to_string(use, link));
        return texts;
    }
};

}  // namespace

TEST_CASE("network file systems are told of the link that leads to their server") {
    LinkTree tree;
    tree.mount("0:40", "/home", "nfs4", "server:/export/home", "rw,vers=4.2,addr=192.0.2.1");
    tree.mount("0:41", "/srv", "cifs", "//10.0.0.9/share", "rw");
    tree.mount("0:42", "/me", "fuse.sshfs", "me@192.0.2.8:/home/me", "rw");
    tree.mount("0:43", "/v6", "nfs", "[2001:db8::1]:/x", "rw");
    tree.mount("0:44", "/here", "nfs", "127.0.0.1:/x", "rw");
    CHECK(tree.remote("eth5") == Texts{"server:/export/home (nfs4) mounted on /home",
                                       "me@192.0.2.8:/home/me (fuse.sshfs) mounted on /me",
                                       "[2001:db8::1]:/x (nfs) mounted on /v6 (not known whether "
                                       "it is reached over this link)"});
    CHECK(tree.remote("eth0").front() == "//10.0.0.9/share (cifs) mounted on /srv");
}

TEST_CASE("of several routes to a server the one with the lowest metric is taken") {
    LinkTree tree;
    tree.mount("0:40", "/", "nfs", "192.0.2.1:/root");
    CHECK(tree.link_uses_of("eth5").front().of_system);
    CHECK(tree.link_uses_of("eth5").front().other_links.empty());
    tree.routes("eth1 000200C0 00000000 0001 0 0 200 00FFFFFF 0 0 0\n");
    CHECK(tree.link_uses_of("eth5").front().other_links == Texts{"eth1"});
    CHECK(tree.remote("eth1").empty());
    tree.routes("eth1 000200C0 00000000 0001 0 0 50 00FFFFFF 0 0 0\n");
    CHECK(tree.remote("eth5").empty());
    CHECK(tree.remote("eth1") == Texts{"192.0.2.1:/root (nfs) mounted on /"});
}

TEST_CASE("a bridge's port and a bond's ports carry what goes over the bridge and the bond") {
    LinkTree tree;
    tree.mount("0:40", "/", "nfs", "192.0.2.1:/root");
    tree.link("sys/class/net/eth7/master", "../eth5");
    CHECK(tree.link_uses_of("eth7").front().other_links.empty());
    tree.file("sys/class/net/eth5/bonding/mode", "802.3ad 4\n");
    tree.link("sys/class/net/eth5/lower_eth7", "../eth7");
    tree.link("sys/class/net/eth5/lower_eth8", "../eth8");
    CHECK(tree.link_uses_of("eth7").front().other_links == Texts{"eth8"});
}

TEST_CASE("images and overlays upon a network file system are followed to the root") {
    LinkTree tree;
    tree.mount("0:40", "/run/ltsp", "nfs", "192.0.2.1:/images");
    tree.loop("loop0", "7:0", "/run/ltsp/x.squashfs");
    tree.mount("7:0", "/run/lower", "squashfs", "/dev/loop0");
    tree.mount("0:60", "/", "overlay", "overlay", "rw,lowerdir=/run/lower,upperdir=/u");
    const auto uses = tree.link_uses_of("eth5");
    REQUIRE(uses.size() == 1);
    CHECK(uses.front().of_system);
    CHECK(uses.front().what ==
          "192.0.2.1:/images (nfs) carries /dev/loop0 (file /run/ltsp/x.squashfs) and the overlay "
          "over /run/lower mounted on /");
}

TEST_CASE("disks of iSCSI, NBD, NVMe over TCP, AoE and Ceph are told of their link") {
    LinkTree tree;
    tree.file("sys/class/iscsi_connection/connection3:0/address", "192.0.2.5\n");
    const std::string home = "sys/devices/platform/host3/session3/target3:0:0/3:0:0:0/block/sdc";
    tree.file(home + "/dev", "8:32\n");
    tree.link("sys/class/block/sdc", "../../" + home.substr(4));
    tree.mount("8:32", "/", "ext4", "/dev/sdc");
    tree.device("nbd0", "43:0");
    tree.file("sys/class/block/nbd0/pid", "77\n");
    tree.file("proc/77/comm", "nbd-client\n");
    tree.file("proc/77/cmdline", std::string("nbd-client\0"
                                             "192.0.2.6\0"
                                             "/dev/nbd0\0",
                                             31));
    tree.mount("43:0", "/nbd", "ext4", "/dev/nbd0");
    tree.device("nbd1", "43:16");
    tree.mount("43:16", "/idle", "ext4", "/dev/nbd1");
    tree.device("nvme1n3", "259:9");
    tree.file("sys/class/nvme/nvme1/transport", "tcp\n");
    tree.file("sys/class/nvme/nvme1/address", "traddr=192.0.2.7,trsvcid=4420\n");
    tree.file("sys/class/nvme/nvme1/nvme1c2n3/size", "1\n");
    tree.mount("259:9", "/nvme", "ext4", "/dev/nvme1n3");
    tree.device("etherd!e0.0", "152:0");
    tree.file("sys/class/block/etherd!e0.0/netif", "eth5\n");
    tree.mount("152:0", "/aoe", "ext4", "/dev/etherd/e0.0");
    CHECK(tree.remote("eth5") == Texts{"/dev/sdc (iSCSI, 192.0.2.5) mounted on /",
                                       "/dev/etherd!e0.0 (AoE) mounted on /aoe",
                                       "/dev/nbd0 (NBD, 192.0.2.6) mounted on /nbd",
                                       "/dev/nvme1n3 (NVMe over tcp, 192.0.2.7) mounted on /nvme"});
    CHECK(tree.link_uses_of("eth5").front().of_system);
    CHECK(tree.remote("eth0").empty());
}

TEST_CASE("a root over NBD whose server is named on the kernel command line alone is found") {
    LinkTree tree;
    tree.file("proc/cmdline", "ip=dhcp nbdroot=192.0.2.6,root,nbd0 root=/dev/nbd0\n");
    tree.device("nbd0", "43:0");
    tree.file("sys/class/block/nbd0/pid", "77\n");
    tree.mount("43:0", "/", "ext4", "/dev/nbd0");
    CHECK(tree.remote("eth5") == Texts{"/dev/nbd0 (NBD, 192.0.2.6) mounted on /"});
    tree.file("proc/cmdline", "root=/dev/nbd0\n");
    CHECK(tree.remote("eth5") ==
          Texts{"/dev/nbd0 (NBD) mounted on / (not known whether it is reached over this link)"});
}
