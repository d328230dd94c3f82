// SPDX-License-Identifier: GPL-2.0-or-later
// What is read of captured machines.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>

#include "iommu/read_host.hpp"
#include "tests/support/machine_tree.hpp"

using namespace ctrlpass;

namespace {

const Scope everything{.everything = true, .subjects = {}};

Host read(const MachineTree& tree, const Scope& scope = everything) {
    const auto root = Root::open(tree.directory());
    REQUIRE(root.has_value());
    auto host = read_host(*root, scope);
    REQUIRE_MESSAGE(host.has_value(), host.error().what);
    return std::move(*host);
}

Host read(const std::string& name) { return read(MachineTree::load(name)); }

Scope of(const std::string& address) {
    return {.everything = false, .subjects = [address](const std::vector<Place>&) {
                return std::vector{*parse_address(address)};
            }};
}

const Function& function(const Host& host, const std::string& address) {
    const Function* const found = host.function(*parse_address(address));
    REQUIRE(found != nullptr);
    return *found;
}

/// A machine with one xHCI and what `change` adds to its description.
std::string small_machine(const std::string& more = "") {
    return R"({"roots":{"pci0000:00":"\\_SB_.PC00"},"functions":[{"address":"0000:00:14.0",
        "path":"sys/devices/pci0000:00/0000:00:14.0","class":"0c0330","id":"8086:a36d",
        "driver":"xhci_hcd","group":4}])" +
           more + "}";
}

}  // namespace

TEST_CASE("every captured machine is read without an error") {
    int count = 0;
    for (const auto& entry :
         std::filesystem::directory_iterator(std::string(TESTS_DIR) + "/machines")) {
        if (entry.path().extension() != ".json") continue;
        CAPTURE(entry.path());
        const Host host = read(entry.path().stem().string());
        CHECK(host.places.size() == host.functions.size());
        CHECK_FALSE(host.controllers.empty());
        ++count;
    }
    CHECK(count >= 20);
}

TEST_CASE("functions of domains with five digits are not dropped") {
    const Host host = read("dell-12gen-vmd");
    const auto vmd = std::ranges::find_if(
        host.places, [](const Place& place) { return place.address.domain >= 0x10000; });
    REQUIRE(vmd != host.places.end());
    CHECK(vmd->path.find("/pci/") != std::string::npos);
}

TEST_CASE("a path has no bus numbers and begins with the ACPI name of its root") {
    const Host host = read(MachineTree::from(small_machine()));
    CHECK(host.places.front().path == "PC00/14.0");
    MachineTree plain = MachineTree::from(small_machine());
    plain.remove("sys/devices/pci0000:00/firmware_node");
    CHECK(read(plain).places.front().path == "pci0000:00/14.0");
    const MachineTree odd = MachineTree::from(small_machine());
    for (const auto* const name :
         {"\\_SB_.\x0ePC\n", "\\_SB_...\n", "..\n", "\\\n", "\\_SB_.0PC\n"}) {
        odd.write("sys/devices/pci0000:00/firmware_node/path", name);
        CHECK_MESSAGE(read(odd).places.front().path == "pci0000:00/14.0", name);
    }
    odd.write("sys/devices/pci0000:00/firmware_node/path", "\\PC00\n");
    CHECK(read(odd).places.front().path == "PC00/14.0");
}

TEST_CASE("plan's scope reads the subject, its group and its companions, not the rest") {
    const MachineTree tree = MachineTree::load("990fx");
    const Host host = read(tree, of("0000:00:12.2"));
    CHECK(host.places.size() > 10);
    CHECK(host.function(*parse_address("0000:00:12.0")) != nullptr);
    CHECK(host.function(*parse_address("0000:03:00.0")) == nullptr);
    REQUIRE(host.controllers.size() == 1);
    CHECK(host.controllers.front().companions == std::vector{*parse_address("0000:00:12.0")});
}

TEST_CASE("USB4 host interfaces are known and are no USB controllers") {
    const Host host = read("thinkpad-t14-usb4");
    const Controller* const usb4 = host.controller(*parse_address("0000:00:0d.2"));
    REQUIRE(usb4 != nullptr);
    CHECK(usb4->type == Controller::Type::usb4);
    const auto code = function(host, "0000:00:0d.2").place.class_code;
    CHECK(is_bridge(code));
    CHECK_FALSE(is_usb_controller(code));
}

TEST_CASE("a machine without IOMMU groups has functions without a group") {
    const Host host = read("dual-xeon-no-groups");
    CHECK(host.groups.empty());
    CHECK(host.iommu.state != Iommu::State::on);
    CHECK_FALSE(function(host, "0000:00:14.0").group);
}

TEST_CASE("who turned the IOMMU off is told apart") {
    const auto state_of = [](const std::string& state) {
        return read(MachineTree::from(small_machine(R"(,"iommu":")" + state + "\""))).iommu;
    };
    CHECK(state_of("on").state == Iommu::State::on);
    CHECK(state_of("on").interrupt_remapping == true);
    CHECK(state_of("off-on-command-line").state == Iommu::State::off_on_command_line);
    CHECK(state_of("off-in-firmware").state == Iommu::State::off_in_firmware);
    CHECK(state_of("absent").state == Iommu::State::absent);
    const Host host = read(MachineTree::from(small_machine(R"(,"interrupt_remapping":false)")));
    CHECK(host.iommu.interrupt_remapping == false);
}

TEST_CASE("hubs within hubs, and what devices carry, are a tree") {
    const Host host = read(MachineTree::from(small_machine(R"(,"usb":[{"controller":"0000:00:14.0",
        "devices":[{"port":"1-2","id":"0409:005a","class":"09","product":"Hub","devices":[
            {"port":"1-2.10","id":"046d:c31c","product":"Keyboard","interfaces":[{"class":"03",
             "driver":"usbhid","carries":[{"kind":"input","name":"input7","label":"K",
             "keyboard":true}]}]},
            {"port":"1-2.9","id":"0781:5567","product":"Stick","interfaces":[{"class":"08",
             "driver":"usb-storage","carries":[{"kind":"disk","name":"sdb","dev":"8:16",
             "sectors":15728640,"partitions":[{"name":"sdb1","dev":"8:17",
             "mounts":["/media/a b"]}]}]}]}]}]}])")));
    REQUIRE(host.controllers.size() == 1);
    REQUIRE(host.controllers.front().devices.size() == 1);
    const UsbDevice& hub = host.controllers.front().devices.front();
    CHECK(hub.hub);
    REQUIRE(hub.devices.size() == 2);
    CHECK(hub.devices[0].port == "1-2.9");
    CHECK(hub.devices[0].driver == "usb-storage");
    REQUIRE(hub.devices[0].carries.size() == 1);
    CHECK(hub.devices[0].carries[0].detail == "7.5 GiB");
    REQUIRE(hub.devices[0].carries[0].uses.size() == 1);
    CHECK(to_string(hub.devices[0].carries[0].uses[0]) == "/dev/sdb1 mounted on /media/a b");
    CHECK(hub.devices[1].carries[0].keyboard);
    CHECK_FALSE(hub.devices[1].carries[0].pointer);
}

TEST_CASE("mounts of btrfs and of mapped devices are found through their source and holders") {
    const Host host = read(MachineTree::from(small_machine(R"(,"usb":[{"controller":"0000:00:14.0",
        "devices":[{"port":"1-1","id":"0781:5567","interfaces":[{"class":"08","carries":[
            {"kind":"disk","name":"sdb","dev":"8:16","partitions":[
                {"name":"sdb1","dev":"8:17","mounts":["/data"],"mount_device":"0:45",
                 "filesystem":"btrfs"},
                {"name":"sdb2","dev":"8:18","holders":["dm-3"]},
                {"name":"sdb3","dev":"8:19","swap":true}]}]}]}]}],
        "disks":[{"name":"dm-3","dev":"254:3","dm":"secret","mounts":["/home"]}])")));
    std::vector<std::string> uses;
    for (const Attached& attached : host.attached)
        for (const DiskUse& use : attached.carried.uses) uses.push_back(to_string(use));
    CHECK(uses == std::vector<std::string>{"/dev/sdb1 mounted on /data",
                                           "/dev/sdb2 carries /dev/mapper/secret mounted on /home",
                                           "/dev/sdb3 is swapped to"});
}

TEST_CASE("what is worth knowing about a device is told: keys, readers, a UPS, connected things") {
    const Host host = read("busy-desk");
    const Controller* const front = host.controller(*parse_address("0000:02:00.0"));
    REQUIRE(front != nullptr);
    const UsbDevice& hub = front->devices.at(0);
    const auto roles = [](const UsbDevice& device) {
        std::vector<Carried::Role> found;
        for (const Carried& carried : device.carries) found.push_back(carried.role);
        return found;
    };
    using Role = Carried::Role;
    CHECK(roles(hub.devices.at(0)) == std::vector{Role::security_key, Role::card_reader});
    CHECK(roles(hub.devices.at(3)) == std::vector{Role::ups});
    CHECK(front->devices.at(3).carries.at(0).detail == "1 device connected, MX Keys");
    // The raw device of a keyboard is no line of its own, but programs may have it open.
    CHECK(front->devices.at(4).carries.empty());
    const auto has = [&](const std::string& path, const std::string& number) {
        return std::ranges::any_of(host.nodes, [&](const DeviceNode& node) {
            return node.path == path && node.number == number && node.sysfs.starts_with("sys/");
        });
    };
    CHECK(has("/dev/hidraw0", "240:0"));
    CHECK(has("/dev/bus/usb/001/003", "189:2"));
    CHECK(has("/dev/snd/pcmC2D0p", "116:13"));
    CHECK(has("/dev/ttyUSB0", "188:0"));
    CHECK(has("/dev/sda6", "8:6"));
}

TEST_CASE("a power button is no keyboard") {
    const Host host = read(MachineTree::from(small_machine(R"(,"usb":[{"controller":"0000:00:14.0",
        "devices":[{"port":"1-1","id":"046d:c31c","interfaces":[{"class":"03","carries":[
            {"kind":"input","name":"input1","label":"Mouse","pointer":true}]}]}]}],
        "inputs":[{"name":"input0","label":"Power Button","below":"sys/devices/LNXSYSTM:00",
                   "key":"10000000000000 0"}])")));
    for (const Attached& attached : host.attached) CHECK_FALSE(attached.carried.keyboard);
    CHECK(std::ranges::any_of(host.attached, [](const Attached& a) { return a.carried.pointer; }));
}

TEST_CASE("entries that vanish, are empty or make no sense do not break the picture") {
    const MachineTree tree = MachineTree::load("b550-itx");
    const std::string device = "sys/bus/pci/devices/0000:01:00.0";
    const auto before = read(tree).functions.size();
    tree.link("sys/bus/pci/devices/0000:7f:00.0", "../../../devices/pci0000:00/0000:7f:00.0");
    tree.link("sys/bus/pci/devices/nonsense", "../../../devices/pci0000:00/nonsense");
    CHECK(read(tree).functions.size() == before);
    tree.write(device + "/numa_node", "");
    tree.write(device + "/sriov_numvfs", "many");
    tree.write(device + "/reset_method", "");
    tree.write(device + "/driver_override", "");
    tree.write(device + "/serial_number", "\n");
    const Host host = read(tree);
    const Function& bent = function(host, "0000:01:00.0");
    CHECK_FALSE(bent.override_name);
    CHECK(bent.reset_methods.empty());
    CHECK_FALSE(bent.serial);
    tree.write(device + "/vendor", "0xzz");
    const auto root = Root::open(tree.directory());
    const auto reason = [&] {
        const Host seen = read(tree);
        CHECK(seen.functions.size() == before - 1);
        REQUIRE(seen.unread.contains(*parse_address("0000:01:00.0")));
        return seen.unread.at(*parse_address("0000:01:00.0"));
    };
    CHECK(reason().find("vendor") != std::string::npos);
    CHECK(read_host(*root, of("0000:01:00.0")).error().what.find("vendor") != std::string::npos);
    tree.write(device + "/vendor", std::string(100000, '0'));
    CHECK(reason().find("longer than") != std::string::npos);
}

TEST_CASE("a directory that is no machine is an error") {
    const auto root = Root::open("/etc");
    CHECK(read_host(*root, everything).error().trouble == Trouble::missing);
}

TEST_CASE("a link to a group that has no number is no group") {
    for (const char* const link : {"../../../", "/", "", "../../../kernel/iommu_groups/",
                                   "../../kernel/iommu_groups/x1", "groups/1 ", "99999999999999"}) {
        CAPTURE(link);
        const MachineTree tree = MachineTree::from(small_machine());
        const std::string there = "sys/devices/pci0000:00/0000:00:14.0/iommu_group";
        if (*link == '\0')
            tree.remove(there);
        else
            tree.link(there, link);
        CHECK_FALSE(function(read(tree), "0000:00:14.0").group);
        CHECK(read(tree, of("0000:00:14.0")).groups.empty());
    }
}
