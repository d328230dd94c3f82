// SPDX-License-Identifier: GPL-2.0-or-later
// Places beyond fstab and crypttab that name a disk for the next boot.
#include <doctest/doctest.h>

#include "iommu/target_tables.hpp"
#include "iommu/unit_files.hpp"
#include "tests/support/disk_tree.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;

namespace {

struct LabelledDisk : DiskTree {
    LabelledDisk() {
        udev("8:17", "E:ID_FS_TYPE=ext4\nE:ID_FS_LABEL_ENC=KEYS\nE:ID_FS_UUID=5d3c-01\n");
        node_link("disk/by-label/KEYS", "sdb1");
        node_link("disk/by-uuid/5d3c-01", "sdb1");
    }
    std::string told(const std::string& path, const std::string& text) const {
        file(path, text);
        const std::string said = first_use();
        file(path, "");
        return said;
    }
};

}  // namespace

TEST_CASE("veritytab and integritytab name data, hashes and keys") {
    const LabelledDisk tree;
    const std::string verity = "/dev/sdb1 is named in line 1 of /etc/veritytab: ";
    CHECK(tree.told("etc/veritytab", "usr LABEL=KEYS /dev/sdz1 aa -\n") ==
          verity + "LABEL=KEYS as usr");
    CHECK(tree.told("etc/veritytab", "usr /dev/sdz1 UUID=5d3c-01 aa\n") ==
          verity + "UUID=5d3c-01 for the hashes of usr");
    CHECK(tree.told("etc/veritytab", "usr /dev/sdz1 /dev/sdz2 aa auto,fec-device=/dev/sdb1\n") ==
          verity + "/dev/sdb1 for the error correction of usr");
    const std::string integrity = "/dev/sdb2 is named in line 2 of /etc/integritytab: ";
    CHECK(tree.told("etc/integritytab", "# one\ndata /dev/sdb2 -\n") ==
          integrity + "/dev/sdb2 as data");
    CHECK(tree.told("etc/integritytab", "\ndata /dev/sdz - data-device=/dev/sdb2\n") ==
          integrity + "/dev/sdb2 for the data of data");
}

TEST_CASE("saved targets of LIO and tgt name their backing stores with the line") {
    const LabelledDisk tree;
    CHECK(tree.told("etc/rtslib-fb-target/saveconfig.json",
                    "{\n \"storage_objects\": [\n  {\n   \"dev\": \"/dev/sdb1\",\n"
                    "   \"name\": \"stick\",\n   \"plugin\": \"block\"\n  }\n ]\n}\n") ==
          "/dev/sdb1 is named in line 4 of /etc/rtslib-fb-target/saveconfig.json: /dev/sdb1 for "
          "the LIO target stick");
    CHECK(tree.told("etc/target/saveconfig.json",
                    R"({"storage_objects":[{"plugin":"pscsi","dev":"\/dev\/sdb"}]})") ==
          "/dev/sdb is named in line 1 of /etc/target/saveconfig.json: /dev/sdb for LIO");
    CHECK(tree.told("etc/tgt/conf.d/one.conf",
                    "<target iqn.x>\n  backing-store /dev/sdb2\n</target>\n") ==
          "/dev/sdb2 is named in line 2 of /etc/tgt/conf.d/one.conf: /dev/sdb2 for tgt");
    CHECK(tree.told("etc/tgt/targets.conf", "<direct-store /dev/disk/by-label/KEYS>\n") ==
          "/dev/sdb1 is named in line 1 of /etc/tgt/targets.conf: /dev/disk/by-label/KEYS for tgt");
    CHECK(tree.told("etc/tgt/targets.conf", "# backing-store /dev/sdb2\n").empty());
}

TEST_CASE("saved stores are read whatever the text is") {
    CHECK(saved_stores("").empty());
    CHECK(saved_stores("{\"dev\"").empty());
    CHECK(saved_stores("{\"dev\": 7, \"x\": \"/dev/sdb\"}").empty());
    CHECK(saved_stores("[\"dev\", \"/dev/sdb\"]").empty());
    CHECK(saved_stores(std::string(100000, '{')).empty());
    CHECK(saved_stores("{\"dev\": \"/dev/s\\\"db\", ").size() == 1);
    CHECK(saved_stores("{\"dev\": \"/dev/s").empty());
    std::string many = "[";
    for (int i = 0; i < 5000; ++i) many += "{\"dev\": \"/dev/x\"},";
    CHECK(saved_stores(many).size() == 1024);
}

TEST_CASE("volumes of pam_mount name disks and comments do not") {
    const LabelledDisk tree;
    const std::string path = "etc/security/pam_mount.conf.xml";
    CHECK(
        tree.told(path,
                  "<pam_mount>\n<!-- <volume path='/dev/sdb2'/> -->\n<volume user=\"me\"\n "
                  "path=\"/dev/disk/by-uuid/5d3c-01\" mountpoint='/home/me' />\n</pam_mount>\n") ==
        "/dev/sdb1 is named in line 3 of /etc/security/pam_mount.conf.xml: "
        "/dev/disk/by-uuid/5d3c-01 on /home/me at a login");
    CHECK(tree.told(path, "<volume fskeypath=\"/dev/sdb2\" path=\"/home.img\"/>") ==
          "/dev/sdb2 is named in line 1 of /etc/security/pam_mount.conf.xml: /dev/sdb2 at a login");
    CHECK(tree.told(path, "<volumes path='/dev/sdb2'/><logout/>").empty());
    CHECK(pam_volumes("<volume path=").empty());
    CHECK(pam_volumes("<volume = = ' path").empty());
}

TEST_CASE("boot entries name disks by words that the running kernel was not started with") {
    const LabelledDisk tree;
    tree.file("proc/cmdline", "root=UUID=99 quiet\n");
    CHECK(tree.told("boot/loader/entries/a.conf",
                    "title A\nlinux /vmlinuz\noptions root=LABEL=KEYS quiet\n") ==
          "/dev/sdb1 is named in line 3 of /boot/loader/entries/a.conf: root=LABEL=KEYS");
    const std::string menu =
        "set root='hd0'\nmenuentry 'x' {\n\tlinux\t/vmlinuz root=UUID=99 resume=/dev/sdb2\n}\n"
        "menuentry 'y' {\n linux /old root=UUID=99 resume=/dev/sdb2\n}\n";
    tree.file("boot/grub/grub.cfg", menu);
    CHECK(tree.uses() == std::vector<std::string>{"/dev/sdb2 is named in line 3 of "
                                                  "/boot/grub/grub.cfg: resume=/dev/sdb2"});
    tree.file("boot/grub/grub.cfg", "");
    tree.file("proc/cmdline", "root=UUID=5d3c-01\n");
    CHECK(tree.told("boot/grub2/grub.cfg", "linux /x root=UUID=5d3c-01\n") ==
          "/dev/sdb1 is named in the kernel command line: root=UUID=5d3c-01");
}

TEST_CASE("services that wait for a disk or name it in a command are told") {
    const LabelledDisk tree;
    const std::string units = "etc/systemd/system/";
    const std::string at = "/dev/sdb1 is named in /etc/systemd/system/backup.service: ";
    CHECK(tree.told(units + "backup.service",
                    "[Unit]\nBindsTo=dev-disk-by\\x2dlabel-KEYS.device\n"
                    "After=dev-disk-by\\x2dlabel-KEYS.device\n") ==
          at + "/dev/disk/by-label/KEYS for backup.service");
    tree.link(units + "multi-user.target.wants/backup.service", "../backup.service");
    for (const char* const command :
         {"ExecStart=/bin/mount /dev/sdb1 /mnt", "ExecStartPre=-/sbin/cryptsetup open /dev/sdb1 x",
          "ExecStart=/bin/sh -c 'mount /dev/sdb1 /mnt; exec rsync'",
          "ExecStop=/bin/dd \\\n if=/dev/sdb1 of=/dev/null"})
        CHECK_MESSAGE(
            tree.told(units + "backup.service", std::string("[Service]\n") + command + "\n") ==
                at + "/dev/sdb1 for backup.service, started by multi-user.target",
            command);
    CHECK(tree.told(units + "backup.service.d/one.conf", "[Service]\nExecStart=/x LABEL=KEYS\n") ==
          "/dev/sdb1 is named in /etc/systemd/system/backup.service.d/one.conf: LABEL=KEYS for "
          "backup.service, started by multi-user.target");
    CHECK(tree.told(units + "other.service", "[Service]\n# ExecStart=/dev/sdb1\nUser=x\n").empty());
}

TEST_CASE("templates name the disks of the instances that are started") {
    const LabelledDisk tree;
    const std::string units = "etc/systemd/system/";
    tree.file(units + "copy@.service", "[Service]\nExecStart=/bin/copy /dev/%I\n");
    CHECK(tree.first_use().empty());
    tree.link(units + "multi-user.target.wants/copy@sdb2.service", "../copy@.service");
    CHECK(tree.first_use() ==
          "/dev/sdb2 is named in /etc/systemd/system/copy@.service: /dev/sdb2 for "
          "copy@sdb2.service, started by multi-user.target");
    tree.file(units + "copy@.service", "[Service]\nExecStart=/bin/copy /dev/%n\n");
    CHECK(tree.first_use().starts_with("/dev/sdb: not known whether /etc/systemd/system/copy@"));
}

TEST_CASE("a unit that a disk starts names it") {
    const LabelledDisk tree;
    tree.link("etc/systemd/system/dev-sdb1.device.wants/backup.service", "../backup.service");
    CHECK(tree.first_use() ==
          "/dev/sdb1 is named in /etc/systemd/system/dev-sdb1.device.wants/backup.service: "
          "/dev/sdb1, which starts backup.service");
    CHECK(path_of_unit("dev-disk-by\\x2did-usb\\x2dA_B\\x2d0:0") == "/dev/disk/by-id/usb-A_B-0:0");
}
