// SPDX-License-Identifier: GPL-2.0-or-later
// What names a disk for the next boot.
#include <doctest/doctest.h>

#include "tests/support/disk_tree.hpp"
#include "tests/support/packed_nvlist.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;

namespace {

using Texts = std::vector<std::string>;

/// sdb1 is a stick with keys.
struct KeyStick : DiskTree {
    KeyStick() {
        udev("8:17",
             "E:ID_FS_TYPE=ext4\nE:ID_FS_LABEL_ENC=KEYS\nE:ID_FS_UUID=5d3c-01\n"
             "E:ID_PART_ENTRY_UUID=77aa-02\n");
        node_link("disk/by-label/KEYS", "sdb1");
        node_link("disk/by-uuid/5d3c-01", "sdb1");
        node_link("disk/by-id/usb-Kingston_1-0:0-part1", "sdb1");
        node_link("disk/by-id/usb-Kingston_1-0:0", "sdb");
        node_link("disk/by-path/pci-0000:02:00.0-usb-0:1:1.0-scsi-0:0:0:0", "sdb");
    }
    std::string told(const std::string& path, const std::string& text) const {
        file(path, text);
        const std::string said = first_use();
        file(path, "");
        return said;
    }
    std::string crypttab(const std::string& rest) const {
        return told("etc/crypttab", "data UUID=99 " + rest + "\n");
    }
    std::string cmdline(const std::string& words) const {
        return told("proc/cmdline", "BOOT_IMAGE=/vmlinuz " + words + " quiet\n");
    }
};

const std::string in_crypttab = " is named in line 1 of /etc/crypttab: ";
const std::string in_cmdline = " is named in the kernel command line: ";

}  // namespace

TEST_CASE("the key field of crypttab names its device first for passdev and last for systemd") {
    const KeyStick tree;
    const std::string key = " for the key of data";
    const std::string passdev = " luks,keyscript=/lib/cryptsetup/scripts/passdev,noearly";
    CHECK(tree.crypttab("/dev/disk/by-label/KEYS:/keys/data.key:20" + passdev) ==
          "/dev/sdb1" + in_crypttab + "/dev/disk/by-label/KEYS" + key);
    CHECK(tree.crypttab("/dev/sdb1:/keys/data.key luks,keyscript=passdev") ==
          "/dev/sdb1" + in_crypttab + "/dev/sdb1" + key);
    CHECK(tree.crypttab("/dev/disk/by-id/usb-Kingston_1-0:0-part1:/data.key" + passdev) ==
          "/dev/sdb1" + in_crypttab + "/dev/disk/by-id/usb-Kingston_1-0:0-part1" + key);
    CHECK(tree.crypttab("/keys/data.key:LABEL=KEYS luks") ==
          "/dev/sdb1" + in_crypttab + "LABEL=KEYS" + key);
    CHECK(tree.crypttab("/keys/data.key:PARTUUID=77AA-02") ==
          "/dev/sdb1" + in_crypttab + "PARTUUID=77AA-02" + key);
    CHECK(tree.crypttab("/keys/data.key:UUID=00-00 luks").empty());
    CHECK(tree.crypttab("none luks").empty());
    CHECK(tree.crypttab("/dev/urandom swap").empty());
}

TEST_CASE("the key of crypttab may be the disk itself, by any of its links") {
    const KeyStick tree;
    const std::string options = " luks,keyfile-offset=512,keyfile-size=4096";
    for (const std::string key : {"/dev/disk/by-id/usb-Kingston_1-0:0", "/dev/sdb",
                                  "/dev/disk/by-path/pci-0000:02:00.0-usb-0:1:1.0-scsi-0:0:0:0"})
        CHECK(tree.crypttab(key + options) ==
              "/dev/sdb" + in_crypttab + key + " for the key of data");
}

TEST_CASE("a detached header, and a key on a file system, are on the disk that has it") {
    KeyStick tree;
    CHECK(tree.crypttab("none luks,header=/dev/sdb2") ==
          "/dev/sdb2" + in_crypttab + "/dev/sdb2 for the header of data");
    CHECK(tree.crypttab("none header=/h.img:UUID=5d3c-01,luks") ==
          "/dev/sdb1" + in_crypttab + "UUID=5d3c-01 for the header of data");
    CHECK(tree.crypttab("none header=UUID=5d3c-01:/h.img") ==
          "/dev/sdb1" + in_crypttab + "UUID=5d3c-01 for the header of data");
    CHECK(tree.crypttab("/mnt/keys/data.key luks").empty());
    tree.file("etc/fstab", "LABEL=KEYS /mnt/keys ext4 noauto,x-systemd.automount\n");
    CHECK(tree.uses().size() == 1);
    tree.file("etc/crypttab", "data UUID=99 /mnt/keys/data.key luks\n");
    CHECK(tree.uses() ==
          Texts{"/dev/sdb1 is named in line 1 of /etc/fstab: LABEL=KEYS on /mnt/keys",
                "/dev/sdb1" + in_crypttab + "/mnt/keys/data.key for the key of data"});
    tree.file("etc/fstab", "");
    tree.mount("8:17", "/mnt/keys", "ext4", "/dev/sdb1");
    CHECK(tree.uses() ==
          Texts{"/dev/sdb1 mounted on /mnt/keys",
                "/dev/sdb1" + in_crypttab + "/mnt/keys/data.key for the key of data"});
}

TEST_CASE("of a keyscript that is not known it is said that nothing is known of its key") {
    const KeyStick tree;
    const std::string said = tree.crypttab("stick luks,keyscript=/usr/local/sbin/from-stick");
    CHECK(said.starts_with("/dev/sdb: not known whether line 1 of /etc/crypttab takes the key"));
    CHECK(said.find("/usr/local/sbin/from-stick") != said.npos);
    CHECK(tree.crypttab("none luks,keyscript=decrypt_keyctl").empty());
    CHECK(tree.crypttab("home luks,keyscript=/lib/cryptsetup/scripts/decrypt_derived").empty());
}

TEST_CASE("Arch's crypttab for the initramfs and OpenRC's dmcrypt name disks too") {
    const KeyStick tree;
    CHECK(tree.told("etc/crypttab.initramfs", "root UUID=5d3c-01 none luks\n") ==
          "/dev/sdb1 is named in line 1 of /etc/crypttab.initramfs: UUID=5d3c-01 as root");
    CHECK(tree.told("etc/conf.d/dmcrypt",
                    "target=data\nsource='UUID=99'\nkey='/data.key'\nremdev=\"/dev/sdb1\"\n") ==
          "/dev/sdb1 is named in line 4 of /etc/conf.d/dmcrypt: /dev/sdb1 for the key of data");
}

TEST_CASE("fstab names journals, disks of a btrfs and images beside its first field") {
    KeyStick tree;
    const std::string at = " is named in line 1 of /etc/fstab: ";
    CHECK(tree.told("etc/fstab", "/dev/sdz1 /srv xfs logdev=/dev/sdb2,noatime 0 0\n") ==
          "/dev/sdb2" + at + "/dev/sdb2 on /srv");
    CHECK(tree.told("etc/fstab", "/dev/sdz1 /srv btrfs device=/dev/sdz1,device=/dev/sdb1\n") ==
          "/dev/sdb1" + at + "/dev/sdb1 on /srv");
    CHECK(tree.told("etc/fstab", "/dev/sdz1:/dev/sdb1 /srv bcachefs defaults\n") ==
          "/dev/sdb1" + at + "/dev/sdb1 on /srv");
    CHECK(tree.told("etc/fstab", "PARTUUID=\"77AA-02\" /srv ext4\n") ==
          "/dev/sdb1" + at + "PARTUUID=\"77AA-02\" on /srv");
    CHECK(tree.told("etc/fstab", "ID=usb-Kingston_1-0:0-part1 /srv ext4\n") ==
          "/dev/sdb1" + at + "ID=usb-Kingston_1-0:0-part1 on /srv");
    tree.file("etc/fstab", "LABEL=KEYS /stick ext4\n/stick/a.iso /iso iso9660 loop\n");
    CHECK(tree.uses().back() == "/dev/sdb1 is named in line 2 of /etc/fstab: /stick/a.iso on /iso");
}

TEST_CASE("labels are compared as they are meant, with octal and hexadecimal escapes") {
    DiskTree tree;
    tree.udev("8:17", "E:ID_FS_TYPE=vfat\nE:ID_FS_LABEL_ENC=My\\x20Stick\n");
    for (const std::string spec : {"LABEL=My\\040Stick", "LABEL=My\\x20Stick"}) {
        tree.file("etc/fstab", spec + " /srv vfat\n");
        CHECK_FALSE(tree.uses().empty());
    }
    tree.file("etc/fstab", "/dev/disk/by-label/My\\x20Stick /srv vfat\n");
    CHECK(tree.uses().empty());
    tree.node_link("disk/by-label/My\\x20Stick", "sdb1");
    CHECK_FALSE(tree.uses().empty());
}

TEST_CASE("mount and swap units name disks, with drop-ins, and say who starts them") {
    const KeyStick tree;
    const std::string units = "etc/systemd/system/";
    const std::string name = "srv-my\\x2ddisk.mount";
    tree.file(units + name,
              "[Unit]\nWhat=/dev/no\n\n[Mount]\n; What=/dev/none\nWhat = \\\n  LABEL=KEYS\n"
              "Where=/srv/my-disk\n");
    CHECK(tree.uses() ==
          Texts{"/dev/sdb1 is named in /" + units + name + ": LABEL=KEYS on /srv/my-disk"});
    tree.link(units + "multi-user.target.wants/" + name, "/" + units + name);
    CHECK(tree.uses() == Texts{"/dev/sdb1 is named in /" + units + name +
                               ": LABEL=KEYS on /srv/my-disk, started by multi-user.target"});
    // The last of the drop-ins counts, and one in /etc hides its namesake in /usr.
    tree.file("usr/lib/systemd/system/" + name + ".d/20-what.conf", "[Mount]\nWhat=/dev/sdb1\n");
    tree.file(units + name + ".d/20-what.conf", "[Mount]\nWhat=/dev/sdb2\n");
    tree.file(units + name + ".d/10-what.conf", "[Mount]\nWhat=/dev/sdz9\n");
    CHECK(tree.uses() ==
          Texts{"/dev/sdb2 is named in /" + units + name +
                ".d/20-what.conf: /dev/sdb2 on /srv/my-disk, started by multi-user.target"});
}

TEST_CASE("units of swap, of the vendor and masked ones are told apart") {
    const KeyStick tree;
    tree.file("usr/lib/systemd/system/dev-sdb2.swap", "[Swap]\nWhat=/dev/sdb2\n");
    CHECK(tree.uses() == Texts{"/dev/sdb2 is named in /usr/lib/systemd/system/dev-sdb2.swap: "
                               "/dev/sdb2 for swap"});
    tree.link("etc/systemd/system/dev-sdb2.swap", "/dev/null");
    CHECK(tree.uses().empty());
    // A unit that is started when somebody looks there.
    tree.file("etc/systemd/system/srv.mount", "[Mount]\nWhat=/dev/sdb1\nWhere=/srv\n");
    tree.link("etc/systemd/system/local-fs.target.requires/srv.automount", "../srv.automount");
    CHECK(tree.first_use().ends_with("/dev/sdb1 on /srv, started by local-fs.target"));
    tree.file("etc/systemd/system/srv.mount", "[Mount]\nWhat=/dev/disk/by-label/%H\n");
    CHECK(tree.first_use().starts_with("/dev/sdb: not known whether /etc/systemd/system/srv."));
    tree.file("etc/systemd/system/srv.mount", "[Mount]\nWhat=server:/srv\nWhere=/srv\n");
    CHECK(tree.uses().empty());
}

TEST_CASE("maps of autofs name disks, in the master map, its folder and what it includes") {
    const KeyStick tree;
    tree.file("etc/auto.master",
              "# comment\n/mnt/usb file:/etc/auto.usb --timeout=60\n"
              "+dir:/etc/auto.master.d\n/net -hosts\n+auto.master\n");
    tree.file("etc/auto.usb", "stick -fstype=ext4,rw \\\n  :/dev/disk/by-label/KEYS\n");
    CHECK(tree.uses() == Texts{"/dev/sdb1 is named in line 1 of /etc/auto.usb: "
                               "/dev/disk/by-label/KEYS on /mnt/usb/stick"});
    tree.file("etc/auto.usb", "* server:/export/&\n");
    tree.file("etc/auto.master.d/more.autofs", "/- auto.direct\n");
    tree.file("etc/auto.direct", "\n/srv/stick -fstype=ext4 :UUID=5d3c-01\n");
    CHECK(tree.uses() == Texts{"/dev/sdb1 is named in line 2 of /etc/auto.direct: UUID=5d3c-01 "
                               "on /srv/stick"});
    tree.file("etc/auto.direct", "#!/bin/sh\necho anything\n");
    CHECK(tree.first_use().starts_with("/dev/sdb: not known whether /etc/auto.direct means it"));
}

TEST_CASE("words of the kernel command line name disks in every spelling") {
    const KeyStick tree;
    for (const std::string word :
         {"root=LABEL=KEYS", "resume=UUID=5d3c-01", "root=PARTUUID=77aa-02", "resume=/dev/sdb1",
          "root=8:17", "cryptdevice=UUID=5d3c-01:data:allow-discards",
          "cryptkey=/dev/disk/by-label/KEYS:ext4:/data.key", "rd.luks.key=/data.key:LABEL=KEYS",
          "rd.luks.uuid=luks-5d3c-01", "rd.luks.name=5d3c-01=data",
          "rd.luks.options=99=header=/h.img:LABEL=KEYS", "root=live:CDLABEL=KEYS",
          "inst.stage2=hd:LABEL=KEYS:/images", "archisolabel=KEYS", "root_keydev=/dev/sdb1",
          "cryptopts=target=data,source=/dev/sdz,key=/dev/sdb1", "mount.usr=UUID=5D3C-01"})
        CHECK(tree.cmdline(word) == "/dev/sdb1" + in_cmdline + word);
    CHECK(tree.cmdline("resume=/dev/disk/by-id/usb-Kingston_1-0:0") ==
          "/dev/sdb" + in_cmdline + "resume=/dev/disk/by-id/usb-Kingston_1-0:0");
    CHECK(tree.cmdline("\"root=LABEL=KEYS\"") == "/dev/sdb1" + in_cmdline + "root=LABEL=KEYS");
    for (const std::string word : {"root=UUID=99", "foo=LABEL=KEYS", "root=/dev/nfs", "root",
                                   "root=", "resume=8:99", "rd.luks.uuid="})
        CHECK(tree.cmdline(word).empty());
}

TEST_CASE("what the initramfs is told to resume from, and a zfs root, are named as well") {
    KeyStick tree;
    CHECK(tree.told("etc/initramfs-tools/conf.d/resume", "# x\nRESUME=UUID=5d3c-01\n") ==
          "/dev/sdb1 is named in line 2 of /etc/initramfs-tools/conf.d/resume: "
          "resume=UUID=5d3c-01");
    CHECK(tree.told("etc/kernel/cmdline", "root=LABEL=KEYS ro\n") ==
          "/dev/sdb1 is named in line 1 of /etc/kernel/cmdline: root=LABEL=KEYS");
    tree.udev("8:18", "E:ID_FS_TYPE=zfs_member\nE:ID_FS_LABEL=rpool\n");
    CHECK(tree.cmdline("root=ZFS=rpool/ROOT/debian") ==
          "/dev/sdb2" + in_cmdline + "root=ZFS=rpool/ROOT/debian");
}

TEST_CASE("tables of LVM, multipath, md, DRBD and nbd-server name disks") {
    KeyStick tree;
    tree.udev("8:18", "E:ID_FS_TYPE=linux_raid_member\nE:ID_FS_UUID=aaaa0001-bbbb-cccc-dddd-01\n");
    tree.udev("8:16", "E:ID_SERIAL=3600508b4\n");
    CHECK(tree.told("etc/lvm/devices/system.devices",
                    "VERSION=1.1.2\nIDTYPE=sys_serial IDNAME=1 DEVNAME=/dev/sdb1 PVID=5d3c01\n") ==
          "/dev/sdb1 is named in line 2 of /etc/lvm/devices/system.devices: /dev/sdb1 for LVM");
    // The name was another disk's when it was written.
    CHECK(tree.told("etc/lvm/devices/system.devices", "DEVNAME=/dev/sdb1 PVID=0000\n").empty());
    CHECK(tree.told("etc/multipath/wwids", "# x\n/3600508b4/\n") ==
          "/dev/sdb is named in line 2 of /etc/multipath/wwids: 3600508b4 for multipath");
    CHECK(tree.told("etc/multipath.conf",
                    "multipaths {\n multipath {\n  wwid \"3600508b4\"\n }\n}\n") ==
          "/dev/sdb is named in line 3 of /etc/multipath.conf: 3600508b4 for multipath");
    CHECK(tree.told("etc/multipath.conf", "blacklist {\n wwid 3600508b4\n}\n").empty());
    CHECK(tree.told("etc/mdadm/mdadm.conf", "ARRAY /dev/md/x UUID=aaaa0001:bbbbcccc:dddd01\n") ==
          "/dev/sdb2 is named in line 1 of /etc/mdadm/mdadm.conf: UUID=aaaa0001:bbbbcccc:dddd01 "
          "for /dev/md/x");
    CHECK(tree.told("etc/drbd.d/r0.res", "resource r0 {\n  disk /dev/sdb1;\n}\n") ==
          "/dev/sdb1 is named in line 2 of /etc/drbd.d/r0.res: /dev/sdb1 for DRBD");
    CHECK(tree.told("etc/nbd-server/config", "[export]\n  exportname = /dev/sdb\n") ==
          "/dev/sdb is named in line 2 of /etc/nbd-server/config: /dev/sdb for nbd-server");
}

TEST_CASE("a pool of zpool.cache counts by the number of its device, imported or not") {
    DiskTree tree;
    PackedList disk;
    disk.text("type", "disk").number("guid", 11).text("path", "/dev/sdz1");
    PackedList spare;
    spare.text("type", "disk").text("path", "/dev/sdb2");
    PackedList vdevs;
    vdevs.lists("children", {disk}).lists("spares", {spare});
    PackedList pool;
    pool.list("vdev_tree", vdevs);
    tree.file("etc/zfs/zpool.cache", PackedList().list("tank", pool).packed());
    tree.udev("8:17", "E:ID_FS_TYPE=zfs_member\nE:ID_FS_LABEL=tank\nE:ID_FS_UUID_SUB=11\n");
    CHECK(tree.uses() ==
          Texts{"/dev/sdb1 is named in /etc/zfs/zpool.cache: /dev/sdz1 in the zfs pool tank",
                "/dev/sdb2 is named in /etc/zfs/zpool.cache: /dev/sdb2 as spare of the zfs pool "
                "tank"});
    tree.file("proc/spl/kstat/zfs/tank/state", "ONLINE\n");
    CHECK(tree.uses() ==
          Texts{"/dev/sdb1 carries the zfs pool tank", "/dev/sdb2 carries the zfs pool tank"});
    tree.file("etc/zfs/zpool.cache", "garbage");
    CHECK(tree.uses().back() ==
          "/dev/sdb: not known whether /etc/zfs/zpool.cache means it: the file was not understood");
}
