// SPDX-License-Identifier: GPL-2.0-or-later
// What stands upon files of a disk, and who has it open in the kernel.
#include <doctest/doctest.h>

#include "tests/support/disk_tree.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;

namespace {

using Texts = std::vector<std::string>;

const std::string core = "sys/kernel/config/target/core/";

}  // namespace

TEST_CASE("a loop device over a file counts for the disk of the file system") {
    DiskTree tree;
    tree.mount("8:17", "/srv", "ext4", "/dev/sdb1");
    tree.loop("loop0", "7:0", "/srv/images/a b.img (deleted)");
    CHECK(tree.uses() == Texts{"/dev/sdb1 mounted on /srv",
                               "/dev/sdb1 carries /dev/loop0 (file /srv/images/a b.img)"});
    tree.mount("7:0", "/mnt", "ext4", "/dev/loop0");
    CHECK(tree.uses().back() ==
          "/dev/sdb1 carries /dev/loop0 (file /srv/images/a b.img) mounted on /mnt");
    // What is mounted over it has the path now.
    tree.mount("0:40", "/srv/images", "tmpfs", "tmpfs");
    CHECK(tree.uses() == Texts{"/dev/sdb1 mounted on /srv"});
}

TEST_CASE("an overlay counts for the disks of its folders, whatever its options") {
    const auto upon = [](const std::string& options) {
        DiskTree tree;
        tree.mount("8:17", "/srv", "ext4", "/dev/sdb1");
        tree.mount("0:50", "/merged", "overlay", "overlay", options);
        return tree.uses().back();
    };
    const std::string merged = " mounted on /merged";
    CHECK(upon("rw,lowerdir=/a:/srv/x,upperdir=/u,workdir=/w") ==
          "/dev/sdb1 carries the overlay over /srv/x" + merged);
    CHECK(upon("rw,lowerdir+=/a,datadir+=/srv/y") ==
          "/dev/sdb1 carries the overlay over /srv/y" + merged);
    CHECK(upon("rw,lowerdir=/a,upperdir=/srv/u\\054v,workdir=/srv/w") ==
          "/dev/sdb1 carries the overlay over /srv/u,v" + merged);
    CHECK(upon("rw,lowerdir=/a\\134:/srv::/srv/d") ==
          "/dev/sdb1 carries the overlay over /srv/d" + merged);
    CHECK(upon("rw,lowerdir=/a,upperdir=/srvx,workdir=/w") == "/dev/sdb1 mounted on /srv");
}

TEST_CASE("a swap file counts for its disk") {
    DiskTree tree;
    tree.mount("8:17", "/srv", "ext4", "/dev/sdb1");
    tree.file("proc/swaps", "Filename Type Size Used Priority\n/srv/my\\040swap file 1 0 -2\n");
    CHECK(tree.uses().back() == "/dev/sdb1 carries the file /srv/my swap, which is swapped to");
}

TEST_CASE("exports of LIO count for the device and for the disk of the file") {
    DiskTree tree;
    tree.node_link("disk/by-id/usb-WD_1-0:0", "sdb");
    tree.file(core + "alua/lu_gps/x", "");
    tree.file(core + "iblock_0/usbdisk/udev_path", "/dev/disk/by-id/usb-WD_1-0:0\n");
    tree.file(core + "iblock_0/usbdisk/enable", "1\n");
    CHECK(tree.uses() ==
          Texts{"/dev/sdb is the backing device of the LIO target iblock_0/usbdisk"});
    tree.file(core + "iblock_0/usbdisk/enable", "0\n");
    CHECK(tree.uses().empty());
    // The kernel's own number counts before a path that leads elsewhere by now.
    tree.file(core + "iblock_0/usbdisk/enable", "1\n");
    tree.file(core + "iblock_0/usbdisk/udev_path", "/dev/disk/by-id/gone\n");
    tree.file(core + "iblock_0/usbdisk/info",
              "Status: ACTIVATED\n        iBlock device: sdb1  UDEV PATH: /dev/x  readonly: 0\n"
              "        Major: 8 Minor: 17  CLAIMED: IBLOCK\n");
    CHECK(tree.uses() ==
          Texts{"/dev/sdb1 is the backing device of the LIO target iblock_0/usbdisk"});
    tree.file(core + "iblock_0/usbdisk/enable", "0\n");
    tree.mount("8:17", "/srv", "ext4", "/dev/sdb1");
    tree.file(core + "fileio_1/image/udev_path", "/srv/image.raw\n");
    CHECK(tree.uses().back() ==
          "/dev/sdb1 carries the LIO target fileio_1/image (file /srv/image.raw)");
}

TEST_CASE("exports over NVMe, by SCST and as a USB gadget, and zram's backing device, count") {
    const auto told = [](const std::string& path, const std::string& text) {
        const DiskTree tree;
        tree.file(path, text);
        return tree.first_use();
    };
    const std::string is = "/dev/sdb1 is the backing device of ";
    CHECK(told("sys/kernel/config/nvmet/subsystems/nqn.x/namespaces/1/device_path",
               "/dev/sdb1\n") == is + "the NVMe target nqn.x/1");
    CHECK(told("sys/kernel/scst_tgt/devices/disk1/filename", "/dev/sdb1\n[key]\n") ==
          is + "the SCST target disk1");
    CHECK(told("sys/kernel/config/usb_gadget/g1/functions/mass_storage.0/lun.0/file",
               "/dev/sdb1\n") == is + "the USB gadget g1/functions/mass_storage.0/lun.0");
    CHECK(told("sys/class/block/zram0/backing_dev", "/dev/sdb1\n") == is + "/dev/zram0");
    CHECK(told("sys/class/block/zram0/backing_dev", "none\n").empty());
}

TEST_CASE("a disk that bcache has registered is in use without a holder") {
    const DiskTree tree;
    tree.file("sys/devices/virtual/block/sdb/sdb1/bcache/cache0", "");
    CHECK(tree.uses() == Texts{"/dev/sdb1 carries a cache or a disk of bcache"});
}

TEST_CASE("of a disk of DRBD without a holder it is said that nothing is known") {
    const DiskTree tree;
    tree.udev("8:17", "E:ID_FS_TYPE=drbd\n");
    CHECK(tree.uses().empty());
    tree.file("sys/module/drbd/initstate", "live\n");
    CHECK(tree.uses() == Texts{"not known whether DRBD has /dev/sdb1 in use"});
}

TEST_CASE("a log of xfs is in use by the mount whose log it is") {
    DiskTree tree;
    tree.mount("8:33", "/srv", "xfs", "/dev/sdc1", "rw,logdev=/dev/sdb2,noquota");
    CHECK(tree.uses() == Texts{"/dev/sdb2 mounted on /srv"});
}

TEST_CASE("a zfs device without a label counts where a pool may have it, and that is said") {
    const DiskTree tree;
    tree.udev("8:17",
              "E:ID_PART_ENTRY_TYPE=6a898cc3-1dd2-11b2-99a6-080020736631\n"
              "E:ID_PART_ENTRY_NAME=zfs-0123\n");
    CHECK(tree.uses().empty());
    tree.file("proc/spl/kstat/zfs/arcstats", "13 1\n");
    CHECK(tree.uses().empty());
    tree.file("proc/spl/kstat/zfs/tank/state", "ONLINE\n");
    CHECK(tree.uses() == Texts{"not known whether the zfs pool tank has /dev/sdb1 as cache, log or "
                               "spare"});
}

TEST_CASE("a pool that was imported under another name is known by its number") {
    const DiskTree tree;
    tree.udev("8:17", "E:ID_FS_TYPE=zfs_member\nE:ID_FS_LABEL=old\nE:ID_FS_UUID=42\n");
    tree.file("proc/spl/kstat/zfs/new/guid", "42\n");
    CHECK(tree.uses() == Texts{"/dev/sdb1 carries the zfs pool with the label old"});
}

TEST_CASE("images within images are followed to the root, and to an end") {
    DiskTree tree;
    tree.mount("8:17", "/run/medium", "ext4", "/dev/sdb1");
    tree.loop("loop0", "7:0", "/run/medium/squashfs.img");
    tree.mount("7:0", "/run/squash", "squashfs", "/dev/loop0");
    tree.loop("loop1", "7:1", "/run/squash/rootfs.img");
    tree.file("sys/class/block/loop1/holders/dm-0", "");
    tree.device("dm-0", "254:0");
    tree.file("sys/class/block/dm-0/dm/name", "live-rw\n");
    tree.mount("254:0", "/", "ext4", "/dev/mapper/live-rw");
    const Root root = tree.root();
    DiskUses disks(root);
    const auto uses = disks.of("sdb");
    REQUIRE(uses.size() == 3);
    CHECK(uses[0].carries_system);
    CHECK(uses[1].carries_system);
    CHECK(uses[2].of_system);
    CHECK(to_string(uses[2]) ==
          "/dev/sdb1 carries /dev/loop0 (file /run/medium/squashfs.img) and /dev/loop1 (file "
          "/run/squash/rootfs.img) and /dev/mapper/live-rw mounted on /");
    // A file on the file system that it is itself made of.
    DiskTree circle;
    circle.mount("8:17", "/a", "ext4", "/dev/sdb1");
    circle.loop("loop0", "7:0", "/a/x");
    circle.mount("7:0", "/b", "ext4", "/dev/loop0");
    circle.loop("loop1", "7:1", "/b/y");
    circle.mount("7:1", "/a/z", "ext4", "/dev/loop1");
    circle.file("sys/devices/virtual/block/loop0/loop/backing_file", "/a/z/x\n");
    CHECK(circle.uses().size() < 40);
}

TEST_CASE("of many images on one disk some are told, and how many more there are") {
    DiskTree tree;
    tree.mount("8:17", "/srv", "ext4", "/dev/sdb1");
    for (int i = 10; i < 40; ++i)
        tree.loop("loop" + std::to_string(i), "7:" + std::to_string(i),
                  "/srv/" + std::to_string(i));
    const auto uses = tree.uses();
    CHECK(uses.size() == 10);
    CHECK(uses.back() == "/dev/sdb1 carries 22 more files and folders that are in use");
}

TEST_CASE("holders that branch without an end are left, and that is said") {
    const DiskTree tree;
    for (const std::string name : {"dm-0", "dm-1"}) {
        tree.device(name, "254:" + name.substr(3));
        for (const std::string holder : {"dm-0", "dm-1"})
            tree.file("sys/class/block/" + name + "/holders/" + holder, "");
    }
    tree.file("sys/class/block/sdb1/holders/dm-0", "");
    bool said = false;
    for (const std::string& use : tree.uses())
        said = said || use.starts_with("not known whether more of /dev/sdb1 is in use");
    CHECK(said);
}
