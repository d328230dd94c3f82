// SPDX-License-Identifier: GPL-2.0-or-later
// What the root depends on through more than block devices, and who has a disk open in the kernel.
#include <doctest/doctest.h>

#include <algorithm>
#include <cerrno>

#include "src/plan/planner.hpp"
#include "tests/support/small_scene.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;

namespace {

/// A USB disk sda with these partitions below the first controller; `more` adds to the machine.
Scene stick_with(const std::string& partitions, const std::string& more = "") {
    return small_scene("", R"(,"usb":[{"controller":"0000:00:14.0","devices":[{"port":"1-1",
        "id":"0951:1666","interfaces":[{"class":"08","carries":[{"kind":"disk","name":"sda",
        "dev":"8:0","partitions":[)" +
                               partitions + "]}]}]}]}]" + more);
}

/// A network adapter enx5 there, and how the host reaches 192.0.2.1.
Scene adapter_with(const std::string& mounts, const std::string& routes,
                   const std::string& links = "") {
    return small_scene("", R"(,"usb":[{"controller":"0000:00:14.0","devices":[{"port":"1-1",
        "id":"0bda:8153","interfaces":[{"class":"ff","carries":[{"kind":"net","name":"enx5"}]}]}]}]
        ,"files":{"proc/self/mountinfo":")" +
                               mounts + R"(","proc/net/route":"head\n)" + routes + R"(")" + links +
                               "}");
}

std::vector<std::string> told(const Plan& plan) {
    std::vector<std::string> texts;
    for (const Finding& finding : plan.findings)
        texts.push_back(finding.code + ": " + finding.message);
    return texts;
}

/// No hint proposes it.
bool says_umount(const Plan& plan) {
    return std::ranges::any_of(plan.findings,
                               [](const Finding& finding) { return has(finding.hint, "umount"); });
}

Plan plan_of(Scene& scene, const std::string& allow = "") {
    return scene.plan({small_profile("allow = [" + allow + "]\n")});
}

using Texts = std::vector<std::string>;

const std::string loop0 = R"(,"disks":[{"name":"loop0","dev":"7:0")";
const std::string backing = R"("sys/devices/virtual/block/loop0/loop/backing_file":")";
const std::string from_here = ": the host runs from this disk";

}  // namespace

TEST_CASE("a root on an image counts for the disk of the image, and nothing is to be unmounted") {
    Scene scene = stick_with(
        R"({"name":"sda3","dev":"8:3","mounts":["/run/initramfs/cos-state"]},
           {"name":"sda4","dev":"8:4","mounts":["/usr/local"]})",
        loop0 + R"(,"mounts":["/"]}],"files":{)" + backing +
            R"(/run/initramfs/cos-state/cOS/active.img\n"})");
    const Plan plan = plan_of(scene);
    CHECK(told(plan) == Texts{"root-disk: /dev/sda3 carries /dev/loop0 (file "
                              "/run/initramfs/cos-state/cOS/active.img) mounted on /" +
                                  from_here,
                              "mounted-disk: /dev/sda4 mounted on /usr/local"});
    CHECK_FALSE(says_umount(plan));
    CHECK(plan.is_refused());
}

TEST_CASE("the root of a live system counts for the stick that it was started from") {
    const auto live = [](const std::string& medium, const std::string& image,
                         const std::string& lower, const std::string& upper) {
        Scene scene = stick_with(
            R"({"name":"sda1","dev":"8:1","filesystem":"iso9660","mounts":[")" + medium + "\"]}",
            loop0 + R"(,"filesystem":"squashfs","mounts":[")" + lower + R"("]},{"name":"cow",
            "dev":"0:30","filesystem":"overlay","mounts":[]}],"files":{)" +
                backing + image + R"(\n"})");
        const std::string table = scene.root().read("proc/self/mountinfo").value();
        scene.tree().write("proc/self/mountinfo",
                           table + "40 1 0:30 / / rw - overlay overlay rw,lowerdir=" + lower +
                               ",upperdir=" + upper + "/upper,workdir=" + upper + "/work\n");
        const Plan plan = plan_of(scene);
        CHECK_FALSE(says_umount(plan));
        return told(plan);
    };
    const auto expected = [](const std::string& image, const std::string& lower) {
        return Texts{"root-disk: /dev/sda1 carries /dev/loop0 (file " + image +
                     ") and the overlay over " + lower + " mounted on /" + from_here};
    };
    // Ubuntu's casper, Debian's live-boot, Arch's archiso.
    CHECK(live("/cdrom", "/cdrom/casper/filesystem.squashfs", "/rofs", "/cow") ==
          expected("/cdrom/casper/filesystem.squashfs", "/rofs"));
    CHECK(live("/run/live/medium", "/run/live/medium/live/filesystem.squashfs",
               "/run/live/rootfs/filesystem.squashfs",
               "/run/live/overlay") == expected("/run/live/medium/live/filesystem.squashfs",
                                                "/run/live/rootfs/filesystem.squashfs"));
    CHECK(live("/run/archiso/bootmnt", "/run/archiso/bootmnt/arch/airootfs.sfs",
               "/run/archiso/airootfs", "/run/archiso/cowspace") ==
          expected("/run/archiso/bootmnt/arch/airootfs.sfs", "/run/archiso/airootfs"));
}

TEST_CASE("a root that is an overlay over a folder of the disk is the disk's, on ostree too") {
    const auto over = [](const std::string& mounts, const std::string& options) {
        Scene scene = stick_with(R"({"name":"sda2","dev":"8:2","mounts":[)" + mounts + "]}");
        const std::string table = scene.root().read("proc/self/mountinfo").value();
        scene.tree().write("proc/self/mountinfo",
                           table + "40 1 0:30 / / rw - overlay composefs " + options + "\n");
        const Plan plan = plan_of(scene);
        CHECK_FALSE(says_umount(plan));
        return told(plan);
    };
    CHECK(over(R"("/media/root-ro")", "rw,lowerdir=/media/root-ro,upperdir=/media/root-rw/x") ==
          Texts{"root-disk: /dev/sda2 carries the overlay over /media/root-ro mounted on /" +
                from_here});
    CHECK(over(R"("/state")", "ro,lowerdir=/run/cfs::/state/ostree/repo/objects,metacopy=on") ==
          Texts{"root-disk: /dev/sda2 carries the overlay over /state/ostree/repo/objects mounted "
                "on /" +
                from_here});
}

TEST_CASE("of a root whose folders nobody can see it is said what speaks for the disk") {
    const auto hidden = [](const std::string& mounts, const std::string& cmdline) {
        Scene scene = stick_with(R"({"name":"sda2","dev":"8:2","mounts":[)" + mounts + "]}");
        const std::string table = scene.root().read("proc/self/mountinfo").value();
        scene.tree().write("proc/self/mountinfo",
                           table +
                               "40 1 0:30 / / rw - overlay overlay rw,lowerdir=/lower,"
                               "upperdir=/upper/data,workdir=/upper/work\n");
        scene.tree().write("proc/cmdline", cmdline + "\n");
        return told(plan_of(scene));
    };
    const std::string unknown =
        "not known whether / lies on /dev/sda: it is an overlay with /lower, which is mounted "
        "where nobody can look";
    CHECK(hidden("", "quiet") == Texts{"not-known: " + unknown});
    CHECK(hidden("", "root=/dev/sda2").back() == "root-disk: " + unknown);
    CHECK(hidden(R"("/cdrom")", "boot=casper") == Texts{"root-disk: " + unknown});
    CHECK(hidden(R"("/srv")", "quiet") ==
          Texts{"mounted-disk: /dev/sda2 mounted on /srv", "not-known: " + unknown});
}

TEST_CASE("a root over the network is refused where no other link leads to its server") {
    const std::string nfs = R"(36 35 0:19 / / rw - nfs 192.0.2.1:/srv/root rw\n)";
    const std::string ours = R"(enx5 000200C0 00000000 0001 0 0 100 00FFFFFF 0 0 0\n)";
    const std::string other = R"(eth0 000200C0 00000000 0001 0 0 200 00FFFFFF 0 0 0\n)";
    Scene alone = adapter_with(nfs, ours);
    const std::string use = "192.0.2.1:/srv/root (nfs) mounted on /";
    const Texts refused{
        "root-disk: " + use +
            " comes over network link enx5, and no other link leads there: the host stops when it "
            "goes",
        "network-link: network link enx5 is in use: route to 192.0.2.0/24, " + use};
    CHECK(told(plan_of(alone)) == refused);
    const Plan allowed = plan_of(alone, "\"network-link\"");
    CHECK(told(allowed) == refused);
    CHECK(allowed.is_refused());
    Scene both = adapter_with(nfs, ours + other);
    CHECK(told(plan_of(both)) == Texts{refused[1]});
    Scene home = adapter_with(R"(36 35 0:19 / /home rw - nfs4 s:/h rw,addr=192.0.2.1\n)", ours);
    CHECK(told(plan_of(home)) == Texts{"network-link: network link enx5 is in use: route to "
                                       "192.0.2.0/24, s:/h (nfs4) mounted on /home"});
}

TEST_CASE("a root over iSCSI behind a USB adapter is refused") {
    Scene scene = adapter_with(R"(36 35 8:32 / / rw - ext4 /dev/sdc rw\n)",
                               R"(enx5 00000000 010200C0 0003 0 0 100 00000000 0 0 0\n)",
                               R"(,"sys/class/iscsi_connection/connection1:0/address":"192.0.2.1\n",
           "sys/devices/platform/host3/session1/target3:0:0/3:0:0:0/block/sdc/dev":"8:32\n"},
           "links":{"sys/class/block/sdc":
           "../../devices/platform/host3/session1/target3:0:0/3:0:0:0/block/sdc")");
    CHECK(told(plan_of(scene))
              .front()
              .starts_with("root-disk: /dev/sdc (iSCSI, 192.0.2.1) mounted on / comes over network "
                           "link enx5"));
}

TEST_CASE("an export of the kernel is told with the command that ends it") {
    const auto hint_with = [](const std::string& path, const std::string& text) {
        Scene scene = stick_with("", R"(,"files":{")" + path + R"(":")" + text + "\"}");
        return hint(plan_of(scene), "disk-in-use");
    };
    const std::string first = "Stop what is built on it first:\n    ";
    CHECK(hint_with("sys/kernel/config/target/core/iblock_0/usb disk/udev_path", "/dev/sda\\n") ==
          first + "targetcli /backstores/block delete 'usb disk'");
    CHECK(hint_with("sys/kernel/config/target/core/pscsi_2/x/udev_path", "/dev/sda\\n") ==
          first + "targetcli /backstores/pscsi delete x");
    CHECK(hint_with("sys/kernel/config/nvmet/subsystems/nqn/namespaces/1/device_path",
                    "/dev/sda\\n") ==
          first + "echo 0 > /sys/kernel/config/nvmet/subsystems/nqn/namespaces/1/enable");
    CHECK(hint_with("sys/kernel/config/usb_gadget/g/functions/mass_storage.0/lun.0/file",
                    "/dev/sda\\n") ==
          first + "echo > /sys/kernel/config/usb_gadget/g/functions/mass_storage.0/lun.0/file");
}

TEST_CASE("apply asks last whether anybody has a disk open alone, and plan never does") {
    const std::string parts = R"({"name":"sda1","dev":"8:1"})";
    Scene scene = stick_with(parts);
    (void)plan_of(scene);
    CHECK(scene.kernel().disk_tries().empty());
    scene.kernel().refuse_disk("/dev/sda1", EBUSY);
    const auto refused = scene.apply({small_profile()});
    REQUIRE(refused.has_value());
    CHECK(refused->refused);
    CHECK(message(refused->plan, "disk-in-use") ==
          "the kernel, or a process that shares it with nobody, has /dev/sda1 open");
    CHECK(scene.kernel().disk_tries() == Texts{"/dev/sda", "/dev/sda1"});
    CHECK(scene.kernel().writes().empty());
    for (const int free : {ENOMEDIUM, ENXIO}) {
        scene.kernel().refuse_disk("/dev/sda1", free);
        Scene other = stick_with(parts);
        other.kernel().refuse_disk("/dev/sda1", free);
        const auto applied = other.apply({small_profile()});
        REQUIRE(applied.has_value());
        CHECK_FALSE(applied->refused);
        CHECK(applied->plan.findings.empty());
    }
}

TEST_CASE("of a disk that cannot be opened it is said that nothing is known") {
    const auto apply = [](int error_number) {
        Scene scene = stick_with("");
        scene.kernel().refuse_disk("/dev/sda", error_number);
        const auto outcome = scene.apply({small_profile()});
        REQUIRE(outcome.has_value());
        return std::pair(outcome->refused, told(outcome->plan).front());
    };
    const auto broken = apply(EIO);
    CHECK(broken.first);
    CHECK(broken.second.starts_with("disk-in-use: not known whether /dev/sda is in use: "));
    const auto nameless = apply(ENOENT);
    CHECK_FALSE(nameless.first);
    CHECK(nameless.second.starts_with("not-known: not known whether /dev/sda is in use: "));
}

TEST_CASE("who accepts the loss of the root disk is not asked whether it is open") {
    Scene scene = stick_with(R"({"name":"sda1","dev":"8:1","mounts":["/"]})");
    scene.kernel().refuse_disk("/dev/sda1", EBUSY);
    const auto outcome = scene.apply({small_profile()}, true);
    REQUIRE(outcome.has_value());
    CHECK_FALSE(outcome->refused);
    CHECK(scene.kernel().disk_tries().empty());
}
