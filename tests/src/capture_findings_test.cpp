// SPDX-License-Identifier: GPL-2.0-or-later
// A captured machine is judged as the one that was captured: the same findings of any plan, the
// same checks of doctor, names aside.
#include <algorithm>
#include <filesystem>

#include "iommu/zpool_cache.hpp"
#include "src/capture/capture.hpp"
#include "src/capture/mask.hpp"
#include "src/plan/gather.hpp"
#include "tests/src/captured_machine.hpp"
#include "tests/src/captured_names.hpp"
#include "tests/src/diagnosed.hpp"
#include "tests/support/packed_nvlist.hpp"
#include "tests/support/plan_of.hpp"
#include "tests/support/temp_tree.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;

namespace {

void compare(const std::vector<Finding>& machine, const std::vector<Finding>& copy) {
    REQUIRE(machine.size() == copy.size());
    for (std::size_t i = 0; i < machine.size(); ++i) {
        CHECK(machine[i].code == copy[i].code);
        CHECK(machine[i].severity == copy[i].severity);
        CHECK_MESSAGE(says_the_same(machine[i].subject, copy[i].subject),
                      machine[i].subject << " " << copy[i].subject);
        CHECK_MESSAGE(says_the_same(machine[i].message, copy[i].message), machine[i].message
                                                                              << "\n"
                                                                              << copy[i].message);
    }
}

Facts facts_of(const Root& root, const PciAddress& address) {
    const std::string profile = "[[controller]]\naddress = \"" + to_string(address) + "\"\n";
    auto facts = gather_facts(root, {profile_of(profile)}, {}, nullptr);
    REQUIRE_MESSAGE(facts.has_value(), facts.error().what);
    facts->asks_about_start = true;
    return std::move(*facts);
}

Symptoms symptoms_at(const Root& root) {
    GuestHosts guests;
    auto symptoms = examine(root, Options{}, guests);
    REQUIRE_MESSAGE(symptoms.has_value(), symptoms.error().what);
    return std::move(*symptoms);
}

void compare(const Diagnosis& machine, const Diagnosis& copy) {
    const auto said = [](const Diagnosis& one) {
        std::string all;
        for (const auto& each : one.checks) all += each.check + ": " + each.message + "\n";
        return all;
    };
    REQUIRE_MESSAGE(machine.checks.size() == copy.checks.size(),
                    (said(machine) + "---\n" + said(copy)));
    for (std::size_t i = 0; i < machine.checks.size(); ++i) {
        CHECK(machine.checks[i].check == copy.checks[i].check);
        CHECK(machine.checks[i].state == copy.checks[i].state);
        CHECK_MESSAGE(says_the_same(machine.checks[i].message, copy.checks[i].message),
                      machine.checks[i].message << "\n"
                                                << copy.checks[i].message);
        CHECK_MESSAGE(says_the_same(machine.checks[i].hint, copy.checks[i].hint),
                      machine.checks[i].hint << "\n"
                                             << copy.checks[i].hint);
    }
    compare(machine.findings, copy.findings);
}

/// Captures the machine and compares what is said of it and of its copy.
void check_copy(const MachineTree& tree, std::size_t most_plans = 12) {
    const TempDir directory;
    auto root = Root::open(tree.directory());
    const auto captured = capture(*root, {}, directory.path() + "/copy");
    REQUIRE_MESSAGE(captured.has_value(), captured.error().what);
    for (const std::string& file : captured->files) CHECK_MESSAGE(file.empty(), file);
    const auto copy = Root::open(directory.path() + "/copy");
    compare(diagnose(symptoms_at(*root)), diagnose(symptoms_at(*copy)));
    std::size_t plans = 0;
    for (const Place& place : host_of(tree).places) {
        const bool usb = controller_type(place.class_code).has_value();
        if (!usb && plans >= most_plans) continue;
        ++plans;
        CAPTURE(to_string(place.address));
        compare(make_plan(facts_of(*root, place.address)).findings,
                make_plan(facts_of(*copy, place.address)).findings);
    }
}

}  // namespace

TEST_CASE("plans and doctor find the same on every machine and on its capture") {
    for (const auto& entry : std::filesystem::directory_iterator(TESTS_DIR "/machines")) {
        if (entry.path().extension() != ".json") continue;
        const std::string name = entry.path().stem();
        CAPTURE(name);
        check_copy(MachineTree::load(name));
    }
}

TEST_CASE("disks that are named by tables are found in a capture whatever the tables say") {
    auto description = machine_description("busy-desk");
    auto& files = description["files"];
    files["etc/crypttab"] =
        "luks-home UUID=6A1F0D8E-7C1B-4A54-9F32-11AA22BB33CC /key:LABEL=My\\040Backup "
        "luks,tries=3\n"
        "data /dev/sda6 /etc/keys/data.key luks,keyfile-size=512\n"
        "more PARTUUID=0f0f0f0f-01 none tpm2-device=auto,x-initrd.attach\n";
    files["etc/fstab"] =
        "/dev/vg0/home /home ext4 defaults,nofail 0 2\n"
        "LABEL=My\\040Backup /srv/my\\040backup ext4 noauto,comment=secret 0 0\n"
        "UUID=1234-abcd /boot/efi vfat umask=0077 0 1\n"
        "/dev/disk/by-id/usb-Ultra_4C53-0:0-part6 none swap sw 0 0\n"
        "server.example:/export /mnt/nfs nfs4 defaults 0 0\n";
    description["links"]["dev/vg0/home"] = "../dm-1";
    description["links"]["dev/disk/by-id/usb-Ultra_4C53-0:0-part6"] = "../../sda6";
    check_copy(MachineTree::from(description));
}

TEST_CASE("pools that the next boot imports are found in a capture by their pseudonyms") {
    PackedList data;
    data.text("type", "disk").number("guid", 15'000'000'000'000'000'011U).text("path", "/dev/sda6");
    PackedList cache;
    cache.number("guid", 12).text("path", "/dev/sda4");
    PackedList tree;
    tree.lists("children", {data}).lists("l2cache", {cache});
    PackedList pool;
    pool.text("name", "canary").number("pool_guid", 9'000'000'000'000'000'001U);
    pool.list("vdev_tree", tree);
    PackedList file;
    file.list("canary", pool);
    const MachineTree tree_of_machine = MachineTree::load("busy-desk");
    tree_of_machine.write("etc/zfs/zpool.cache", file.packed());
    check_copy(tree_of_machine);
    Mask mask;
    const std::string kept = *mask.content("etc/zfs/zpool.cache", file.packed());
    CHECK(kept.find("canary") == kept.npos);
    const auto pools = parse_zpool_cache(kept);
    REQUIRE(pools.has_value());
    REQUIRE(pools->size() == 1);
    CHECK(pools->front().guid == mask.names.id("9000000000000000001"));
    REQUIRE(pools->front().devices.size() == 2);
    CHECK(pools->front().devices[0].guid == mask.names.id("15000000000000000011"));
    CHECK(pools->front().devices[1].part == "cache");
}

TEST_CASE("what definitions of guests name is located in a capture as on the machine") {
    auto description = machine_description("busy-desk");
    description["links"]["dev/disk/by-id/usb-Canary-0:0-part6"] = "../../sda6";
    description["files"]["etc/libvirt/qemu/canary.xml"] =
        "<!-- libvirt's -->\n<domain type='kvm'><name>one</name>"
        "<uuid>c7a5fdbd-cdaf-9455-926a-d65c16db1809</uuid><devices>"
        "<disk type='block' device='disk'><source dev='/dev/disk/by-id/usb-Canary-0:0-part6'/>"
        "<target dev='vda'/></disk><interface type='direct'><source dev='enx00e04c680001' "
        "mode='bridge'/></interface></devices></domain>";
    const MachineTree tree = MachineTree::from(description);
    check_copy(tree);
    const CapturedMachine captured(tree.directory());
    const auto& [directory, root, copy] = captured;
    CHECK(copy->names("etc/libvirt/qemu").size() == 1);
    CHECK_FALSE(copy->exists("etc/libvirt/qemu/canary.xml"));
    const PciAddress address = *parse_address("0000:02:00.0");
    const auto is_named = [](const Finding& finding) {
        return finding.message.find("one") != finding.message.npos;
    };
    const auto facts = facts_of(*copy, address);
    CHECK(std::ranges::any_of(facts.definitions, [](const Domain& domain) {
        return std::ranges::any_of(domain.named,
                                   [](const Named& named) { return !named.sysfs.empty(); });
    }));
    CHECK(std::ranges::any_of(make_plan(facts_of(*root, address)).findings, is_named));
}

TEST_CASE("the words of the boot loader and of rules are judged in a capture as on the machine") {
    auto description = sound(machine("intel"));
    auto& files = description["files"];
    files["proc/cmdline"] =
        "BOOT_IMAGE=/vmlinuz root=/dev/sda1 intel_iommu=on "
        "pcie_acs_override=downstream,multifunction vfio-pci.ids=8086:a36d\n";
    files["etc/default/grub"] =
        "# a comment\nGRUB_DEFAULT=0\nGRUB_CMDLINE_LINUX_DEFAULT=\"quiet splash "
        "pcie_acs_override=downstream,multifunction\"\nGRUB_CMDLINE_LINUX=\"\"\n";
    files["etc/modprobe.d/local.conf"] =
        "options vfio-pci ids=8086:a36d disable_vga=1\nsoftdep xhci_pci pre: vfio-pci\n"
        "install vfio_iommu_type1 /bin/false\n";
    files["etc/initramfs-tools/modules"] = "# none\nvfio\nvfio_pci ids=8086:a36d\n";
    files["etc/udev/rules.d/10-local.rules"] =
        "# one\nSUBSYSTEM==\"pci\", ATTR{vendor}==\"0x8086\", \\\n ATTR{device}==\"0xa36d\", "
        "ATTR{driver_override}=\"vfio-pci\"\n"
        "ACTION==\"add\", KERNEL==\"0000:00:14.0\", RUN+=\"/bin/sh -c 'echo x > "
        "/sys$devpath/driver_override'\"\n"
        "KERNEL==\"0000:00:15.0\", ATTR{driver_override}=\"pci-stub\"\n";
    check_copy(MachineTree::from(description));
}

TEST_CASE("a network that reaches a machine over other names is judged the same in a capture") {
    auto description = machine_description("busy-desk");
    auto& files = description["files"];
    for (const char* const path : {"proc/net/route", "proc/net/if_inet6"}) {
        std::string text = files[path];
        for (auto at = text.find("br0"); at != text.npos; at = text.find("br0", at + 1))
            text.replace(at, 3, "office");
        files[path] = text;
    }
    std::string all = description.dump();
    for (auto at = all.find("br0"); at != all.npos; at = all.find("br0", at + 1))
        all.replace(at, 3, "office");
    const MachineTree tree = MachineTree::from(all);
    const CapturedMachine captured(tree.directory());
    const auto& [directory, root, copy] = captured;
    const PciAddress address = *parse_address("0000:02:00.0");
    const auto there = make_plan(facts_of(*root, address)).findings;
    compare(there, make_plan(facts_of(*copy, address)).findings);
    const auto is_link = [](const Finding& finding) { return finding.code == "network-link"; };
    CHECK(std::ranges::any_of(there, is_link));
    CHECK_FALSE(copy->exists("sys/class/net/office"));
}

TEST_CASE("tapes, watchdogs and what the kernel builds upon disks survive a capture") {
    const std::string home = "sys/devices/pci0000:00/0000:00:14.0/usb1/1-1/1-1:1.0/";
    const std::string tape = "host9/target9:0:0/9:0:0:0/";
    const auto with = [](const std::string& more) {
        return two_controllers(
            R"("usb":[{"controller":"0000:00:14.0","devices":[{"port":"1-1","id":"1234:5678",
            "devnum":4,"product":"Thing","interfaces":[{"class":"ff"}]},
            {"port":"1-2","id":"0781:5567","devnum":5,"product":"Stick","interfaces":[{"class":"08",
            "carries":[{"kind":"disk","name":"sdb","dev":"8:16","partitions":[
            {"name":"sdb1","dev":"8:17","udev":{"ID_FS_TYPE":"crypto_LUKS","ID_FS_UUID":"5d3c-01"}},
            {"name":"sdb2","dev":"8:18","udev":{"ID_FS_TYPE":"drbd"}}]}]}]}]}])" +
            more);
    };
    MachineTree nodes = with(R"(,"processes":[{"pid":700,"name":"dd","opens":["/dev/nst0"]}])");
    for (const auto& [path, text] :
         std::vector<std::pair<std::string, std::string>>{{tape + "scsi_tape/st0/dev", "9:0"},
                                                          {tape + "scsi_tape/nst0/dev", "9:128"},
                                                          {"watchdog/watchdog0/dev", "245:0"},
                                                          {"watchdog/watchdog0/state", "active"},
                                                          {"watchdog/watchdog0/nowayout", "1"}})
        nodes.write(home + path, text + "\n");
    check_copy(nodes);
    MachineTree disks = with("");
    for (const auto& [path, text] : std::vector<std::pair<std::string, std::string>>{
             {"sys/module/drbd/version", "8.4"},
             {"etc/drbd.d/r0.res", "resource r0 {\n  disk /dev/sdb2;\n  shared-secret canary;\n}"},
             {"etc/auto.master", "/misc /etc/auto.misc"},
             {"etc/auto.misc", "usb -fstype=auto :/dev/sdb2"},
             {"etc/crypttab", "data UUID=5d3c-01 none luks"},
             {"etc/veritytab", "usr /dev/sdb2 /dev/sdz aa"},
             {"etc/tgt/targets.conf", "<target x>\nbacking-store /dev/sdb2\n</target>"},
             {"etc/target/saveconfig.json", "{\n\"dev\": \"/dev/sdb1\", \"name\": \"x\"}"},
             {"etc/systemd/system/x.service", "[Service]\nExecStart=/bin/mount /dev/sdb2 /mnt"},
             {"sys/devices/virtual/block/dm-0/dev", "253:0"},
             {"sys/devices/virtual/block/dm-0/dm/name", "data"},
             {"sys/devices/virtual/block/dm-0/dm/uuid", "CRYPT-LUKS2-5d3c01-data"},
             {"etc/pve/qemu-server/101.conf", "usb0: host=1-2\nscsi0: /dev/sdb2,size=1G"},
             {"etc/libvirt/qemu/broken.xml", "<domain>"},
             {"proc/spl/kstat/zfs/tank/state", "ONLINE"}})
        disks.write(path, text + "\n");
    disks.link("sys/class/block/dm-0", "../../devices/virtual/block/dm-0");
    disks.link("sys/class/block/sdb1/holders/dm-0", "../../../../dm-0");
    check_copy(disks);
    const auto root = Root::open(disks.directory());
    std::vector<std::string> codes;
    for (const Finding& finding :
         make_plan(facts_of(*root, *parse_address("0000:00:14.0"))).findings)
        codes.push_back(finding.code);
    CHECK(std::ranges::count(codes, "fstab-disk") >= 7);
    CHECK(std::ranges::count(codes, "used-by-domain") >= 1);
    CHECK(std::ranges::count(codes, "not-known") >= 1);
}
