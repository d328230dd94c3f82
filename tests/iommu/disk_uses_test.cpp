// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/disk_uses.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "tests/support/machine_tree.hpp"

using namespace ctrlpass;

namespace {

/// What is said of disk sdb with these partitions; `more` adds to the machine.
std::vector<std::string> uses(const std::string& partitions, const std::string& more = "") {
    const MachineTree tree = MachineTree::from(
        R"({"functions":[],"disks":[{"name":"sdb","dev":"8:16","below":"sys/devices/usb",
           "partitions":[)" +
        partitions + "]}" + (more.empty() ? "]" : more) + "}");
    const auto root = Root::open(tree.directory());
    DiskUses disks(*root);
    std::vector<std::string> texts;
    for (const DiskUse& use : disks.of("sdb")) texts.push_back(to_string(use));
    CHECK_FALSE(disks.trouble());
    return texts;
}

using Texts = std::vector<std::string>;

const std::string plain = R"({"name":"sdb1","dev":"8:17"})";

}  // namespace

TEST_CASE("a disk that nobody uses has no uses") {
    CHECK(uses(R"({"name":"sdb1","dev":"8:17","udev":{"ID_FS_TYPE":"ext4","ID_FS_UUID":"a-b"}},
                  {"name":"sdb2","dev":"8:18","udev":{"ID_FS_TYPE":"crypto_LUKS"}},
                  {"name":"sdb3","dev":"8:19","udev":{"ID_FS_TYPE":"btrfs"}},
                  {"name":"sdb4","dev":"8:20","udev":{"ID_FS_TYPE":"linux_raid_member"}})",
               R"(],"files":{"etc/fstab":"UUID=other / ext4 defaults\n"})")
              .empty());
}

TEST_CASE("holders are followed to the top, and the top is told") {
    CHECK(uses(R"({"name":"sdb1","dev":"8:17","holders":["dm-0"]})",
               R"(,{"name":"dm-0","dev":"254:0","dm":"luks","dm_uuid":"CRYPT-LUKS2-1",
                    "holders":["dm-1","dm-2","dm-3"]},
                   {"name":"dm-1","dev":"254:1","dm":"vg-home","dm_uuid":"LVM-1",
                    "mounts":["/home"]},
                   {"name":"dm-2","dev":"254:2","dm":"vg-swap","dm_uuid":"LVM-2","swap":true},
                   {"name":"dm-3","dev":"254:3","dm":"vg-spare","dm_uuid":"LVM-3"}])") ==
          Texts{"/dev/sdb1 carries /dev/mapper/vg-home mounted on /home",
                "/dev/sdb1 carries /dev/mapper/vg-swap, which is swapped to",
                "/dev/sdb1 carries /dev/mapper/vg-spare"});
}

TEST_CASE("partitions of an array, and loop devices upon a partition, count") {
    CHECK(uses(R"({"name":"sdb1","dev":"8:17","holders":["md0"]},{"name":"sdb2","dev":"8:18"})",
               R"(,{"name":"md0","dev":"9:0","partitions":[
                     {"name":"md0p1","dev":"259:7","mounts":["/"]}]},
                   {"name":"loop3","dev":"7:3","mounts":["/mnt"]}],
                  "files":{"sys/devices/virtual/block/loop3/loop/backing_file":"/dev/sdb2\n"})") ==
          Texts{"/dev/sdb1 carries /dev/md0p1 mounted on /",
                "/dev/sdb2 carries /dev/loop3 mounted on /mnt"});
}

TEST_CASE("holders that hold each other do not go on for ever") {
    CHECK(uses(R"({"name":"sdb1","dev":"8:17","holders":["dm-0"]})",
               R"(,{"name":"dm-0","dev":"254:0","dm":"a","holders":["dm-0"]}])")
              .size() == 1);
}

TEST_CASE("a btrfs counts for each of its disks, though it is mounted by the name of one") {
    const std::string home = "sys/fs/btrfs/0f0f-1/devices/";
    const std::string links =
        R"("links":{")" + home + R"(sdb1":"../../x/sdb1",")" + home + R"(sda1":"../../x/sda1"})";
    const std::string other =
        R"(,{"name":"sda1","dev":"8:1","mounts":["/data"],"filesystem":"btrfs",
             "mount_device":"0:45"}],)";
    CHECK(uses(plain, other + links) ==
          Texts{"/dev/sdb1 carries the btrfs of /dev/sda1 mounted on /data"});
    CHECK(uses(R"({"name":"sdb1","dev":"8:17","mounts":["/data"],"filesystem":"btrfs",
                   "mount_device":"0:45"})",
               "]," + links) == Texts{"/dev/sdb1 mounted on /data"});
    // Mounted where this process does not see it, or not by the name of a disk.
    CHECK(uses(plain, "]," + links) == Texts{"/dev/sdb1 carries the btrfs of /dev/sdb1"});
    CHECK(uses(plain, "]," + links.substr(0, links.size() - 1) + R"(},"files":{
        "proc/self/mountinfo":"36 35 0:45 / / rw - btrfs /dev/root rw\n"})") ==
          Texts{"/dev/sdb1 mounted on /"});
    CHECK(uses(plain, other.substr(0, other.size() - 1)).empty());
}

TEST_CASE("a file system that is mounted only in another mount namespace counts, with a process") {
    const auto at = [](int pid) { return "proc/" + std::to_string(pid); };
    const auto machine = [&](const std::string& ours, const std::string& theirs) {
        return R"(],"links":{"proc/self/ns/mnt":"mnt:[1]",")" + at(1) + R"(/ns/mnt":"mnt:[1]",")" +
               at(90) + R"(/ns/mnt":"mnt:[2]",")" + at(711) + R"(/ns/mnt":"mnt:[2]",")" + at(2000) +
               R"(/ns/mnt":"mnt:[3]"},"files":{"proc/self/mountinfo":")" + ours + R"(",")" +
               at(90) + R"(/comm":"backup\n",")" + at(90) + R"(/mountinfo":")" + theirs + R"(",")" +
               at(711) + R"(/mountinfo":"1 1 8:17 / /never/read rw - ext4 /dev/sdb1 rw\n",")" +
               at(2000) + R"(/comm":"box\n",")" + at(2000) + R"(/mountinfo":")" + theirs + "\"}";
    };
    const std::string ext4 = R"(36 35 8:17 / /srv/a\\040b rw - ext4 /dev/elsewhere rw\n)";
    CHECK(uses(plain, machine("", ext4)) ==
          Texts{"/dev/sdb1 mounted on /srv/a b in the mount namespace of backup (pid 90)",
                "/dev/sdb1 mounted on /srv/a b in the mount namespace of box (pid 2000)"});
    // Every namespace has copies of what is mounted here.
    CHECK(uses(plain, machine(R"(36 35 8:17 / /home rw - ext4 /dev/elsewhere rw\n)", ext4)) ==
          Texts{"/dev/sdb1 mounted on /home"});
    CHECK(uses(plain, machine("", R"(36 35 0:22 / /tmp rw - tmpfs tmpfs rw\n)")).empty());
}

TEST_CASE("a btrfs and a zfs pool in another mount namespace count for each of their disks") {
    const std::string space = R"("links":{"proc/self/ns/mnt":"mnt:[1]","proc/9/ns/mnt":"mnt:[2]")";
    const std::string table = R"("files":{"proc/9/comm":"box\n","proc/9/mountinfo":")";
    CHECK(uses(plain, R"(,{"name":"sda1","dev":"8:1"}],)" + space +
                          R"(,"sys/fs/btrfs/0f-1/devices/sdb1":"../../x/sdb1",
                          "sys/fs/btrfs/0f-1/devices/sda1":"../../x/sda1"},)" +
                          table + R"(1 1 0:45 / /data rw - btrfs /dev/sda1 rw\n"})") ==
          Texts{"/dev/sdb1 carries the btrfs of /dev/sda1 mounted on /data in the mount namespace "
                "of box (pid 9)"});
    CHECK(uses(R"({"name":"sdb1","dev":"8:17","udev":{"ID_FS_TYPE":"zfs_member",
                   "ID_FS_LABEL":"tank"}})",
               "]," + space + "}," + table + R"(1 1 0:46 / /t rw - zfs tank/a rw\n"})") ==
          Texts{"/dev/sdb1 carries the zfs pool tank mounted on /t in the mount namespace of box "
                "(pid 9)"});
}

TEST_CASE("a process that is gone leaves its mount namespace to the next of its processes") {
    CHECK(uses(plain, R"(],"links":{"proc/self/ns/mnt":"mnt:[1]","proc/8/ns/mnt":"mnt:[2]",
        "proc/9/ns/mnt":"mnt:[2]"},"files":{"proc/9/comm":"box\n",
        "proc/9/mountinfo":"1 1 8:17 / /srv rw - ext4 /dev/sdb1 rw\n"})") ==
          Texts{"/dev/sdb1 mounted on /srv in the mount namespace of box (pid 9)"});
}

TEST_CASE("a bcachefs names all of its disks as its source") {
    CHECK(uses(plain, R"(],"files":{"proc/self/mountinfo":
        "36 35 0:45 / /data rw - bcachefs /dev/sda1:/dev/sdb1 rw\n"})") ==
          Texts{"/dev/sdb1 mounted on /data"});
}

TEST_CASE("a disk of a zfs pool is in use while the pool is imported") {
    const std::string member =
        R"({"name":"sdb1","dev":"8:17","udev":{"ID_FS_TYPE":"zfs_member","ID_FS_LABEL":"tank"}})";
    CHECK(uses(member, "]").empty());
    CHECK(uses(member, R"(],"files":{"proc/spl/kstat/zfs/tank/state":"ONLINE\n"})") ==
          Texts{"/dev/sdb1 carries the zfs pool tank"});
    CHECK(uses(member, R"(],"files":{"proc/spl/kstat/zfs/tank/state":"ONLINE\n",
        "proc/self/mountinfo":"36 35 0:45 / /tank rw - zfs tank rw\n37 35 0:46 / /h rw - zfs tank/h rw\n38 35 0:47 / /o rw - zfs tanker rw\n"})") ==
          Texts{"/dev/sdb1 carries the zfs pool tank mounted on /tank",
                "/dev/sdb1 carries the zfs pool tank mounted on /h"});
}

TEST_CASE("a physical volume is in use though no volume is active, until its group is exported") {
    const std::string volume = R"({"name":"sdb1","dev":"8:17","udev":{"ID_FS_TYPE":"LVM2_member",
                                   "ID_FS_UUID":"tbAqUn-LVM2"}})";
    const auto backup = [](const std::string& status) {
        return R"(],"files":{"etc/lvm/backup/other":"vg {\n id = \"zzz\"\n \"EXPORTED\" }\n",
                  "etc/lvm/backup/vg0":"vg0 {\n status = [\"RESIZEABLE\")" +
               status + R"(]\n pv0 {\n id = \"tbAqUn-LVM2\"\n }\n}\n"})";
    };
    CHECK(uses(volume, "]") == Texts{"/dev/sdb1 carries a physical volume of LVM"});
    CHECK(uses(volume, backup("")) == Texts{"/dev/sdb1 carries the LVM volume group vg0"});
    CHECK(uses(volume, backup(R"(, \"EXPORTED\")")).empty());
}

TEST_CASE("lines of fstab and crypttab are found by node, link and every tag") {
    const auto found = [](const std::string& line, const std::string& file = "etc/fstab") {
        const std::string part = R"({"name":"sdb1","dev":"8:17","links":["disk/by-uuid/12-AB",
            "disk/by-id/usb-x-part1","disk/by-partuuid/77aa","disk/by-partlabel/My\\x20Part"],
            "udev":{"ID_FS_TYPE":"vfat","ID_FS_LABEL_ENC":"My\\x20Stick"}})";
        const auto texts =
            uses(part, R"(],"files":{")" + file + R"(":"# UUID=12-AB / x\n)" + line + R"(\n"})");
        return texts.empty() ? std::string() : texts.front();
    };
    const std::string at = "/dev/sdb1 is named in line 2 of /etc/fstab: ";
    CHECK(found("/dev/sdb1 /srv ext4 defaults") == at + "/dev/sdb1 on /srv");
    CHECK(found("UUID=12-AB /my\\\\040srv ext4") == at + "UUID=12-AB on /my srv");
    CHECK(found("UUID=\\\"12-AB\\\" none swap sw") == at + "UUID=\"12-AB\" for swap");
    CHECK(found("LABEL=My\\\\040Stick /srv vfat") == at + "LABEL=My Stick on /srv");
    CHECK(found("PARTUUID=77AA /srv vfat") == at + "PARTUUID=77AA on /srv");
    CHECK(found("PARTLABEL=My\\\\040Part /srv vfat") == at + "PARTLABEL=My Part on /srv");
    CHECK(found("/dev/disk/by-id/usb-x-part1 /srv") == at + "/dev/disk/by-id/usb-x-part1 on /srv");
    for (const char* const other : {"UUID=12-AC /srv ext4", "/dev/sdc /srv", "tmpfs /tmp tmpfs",
                                    "/dev/sdb11 /srv ext4", "LABEL=My /srv", "sdb1 /srv ext4"})
        CHECK(found(other).empty());
    CHECK(found("data UUID=12-AB none luks", "etc/crypttab") ==
          "/dev/sdb1 is named in line 2 of /etc/crypttab: UUID=12-AB as data");
    CHECK(found("data UUID=99 /key:UUID=12-AB luks", "etc/crypttab") ==
          "/dev/sdb1 is named in line 2 of /etc/crypttab: UUID=12-AB for the key of data");
}

TEST_CASE("fstab that names what is built upon a disk counts for the disk") {
    CHECK(uses(R"({"name":"sdb1","dev":"8:17","holders":["dm-0"]})",
               R"(,{"name":"dm-0","dev":"254:0","dm":"data","links":["mapper/data"]}],
                  "files":{"etc/fstab":"/dev/mapper/data /data ext4 defaults 0 2\n"})") ==
          Texts{"/dev/sdb1 carries /dev/mapper/data, which is named in line 1 of /etc/fstab: "
                "/dev/mapper/data on /data",
                "/dev/sdb1 carries /dev/mapper/data"});
}

TEST_CASE("without the table of mounts nothing is known to be free") {
    const MachineTree tree = MachineTree::from(
        R"({"functions":[],"disks":[{"name":"sdb","dev":"8:16","below":"sys/devices/usb"}]})");
    tree.remove("proc/self/mountinfo");
    const auto root = Root::open(tree.directory());
    DiskUses disks(*root);
    (void)disks.of("sdb");
    CHECK(disks.trouble());
}
