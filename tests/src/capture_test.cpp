// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/capture/capture.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>

#include "iommu/network.hpp"
#include "iommu/read_host.hpp"
#include "src/capture/mask.hpp"
#include "src/findings/judge.hpp"
#include "src/render/inspect.hpp"
#include "tests/src/captured_machine.hpp"
#include "tests/src/captured_names.hpp"
#include "tests/support/machine_tree.hpp"
#include "tests/support/temp_tree.hpp"

using namespace ctrlpass;
using ctrlpass::tests::CapturedMachine;
using ctrlpass::tests::says_the_same;
using ctrlpass::tests::TempDir;

namespace {

/// The document of inspect, with masked things masked on both sides.
std::string inspected(const Root& root) {
    const auto host = read_host(root, Scope{.everything = true, .subjects = {}});
    REQUIRE_MESSAGE(host.has_value(), host.error().what);
    const std::regex name("enx[0-9a-f]{12}");
    const std::regex address("address [0-9a-f.:]+");
    const auto text = std::regex_replace(inspect_json(*host, {}), name, "enx");
    return std::regex_replace(text, address, "address");
}

std::vector<std::string> costs(const Root& root) {
    const auto host = read_host(root, Scope{.everything = true, .subjects = {}});
    REQUIRE(host.has_value());
    const Holders holders = read_holders(root, {}, host->nodes);
    std::vector<std::string> codes;
    for (const Controller& controller : host->controllers)
        for (const Finding& finding : verdict_of(*host, holders, controller).findings)
            codes.push_back(finding.code);
    return codes;
}

/// All names, links and contents below a directory.
std::string all_text(const std::string& directory) {
    std::string all;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
        all += entry.path().string() + "\n";
        if (entry.is_symlink()) all += std::filesystem::read_symlink(entry.path()).string() + "\n";
        if (!entry.is_regular_file()) continue;
        std::ifstream file(entry.path());
        all.append(std::istreambuf_iterator<char>(file), {});
    }
    return all;
}

void check_absent(const std::string& directory, std::initializer_list<const char*> secrets) {
    const std::string all = all_text(directory);
    for (const char* const secret : secrets)
        CHECK_MESSAGE(all.find(secret) == std::string::npos, std::string(secret));
}

}  // namespace

TEST_CASE("a captured machine looks like the one that was captured") {
    for (const char* const name : {"x570-aorus", "dell-12gen-vmd", "990fx", "dl380-g8"}) {
        CAPTURE(name);
        const MachineTree tree = MachineTree::load(name);
        const CapturedMachine captured(tree.directory());
        const auto& [directory, root, copy] = captured;
        CHECK(says_the_same(inspected(*root), inspected(*copy)));
    }
}

TEST_CASE("what makes a controller unfit, and who else sets its driver, is in a capture") {
    for (const char* const name : {"t480-thunderbolt", "990fx", "dl380-g8", "m75s-own-groups"}) {
        CAPTURE(name);
        const MachineTree tree = MachineTree::load(name);
        auto root = Root::open(tree.directory());
        const Scope everything{.everything = true, .subjects = {}};
        const PciAddress first = read_host(*root, everything)->controllers.front().address;
        const std::string device = "sys/bus/pci/devices/" + to_string(first) + "/";
        tree.write(device + "driver_override", "pci-stub\n");
        tree.write(device + "removable", "removable\n");
        tree.write("etc/driverctl.d/pci-" + to_string(first), "pci-stub\n");
        tree.write("etc/udev/rules.d/10-usb.rules", "# one\nSUBSYSTEM==\"pci\", KERNEL==\"" +
                                                        to_string(first) +
                                                        "\", ATTR{driver_override}=\"pci-stub\"\n");
        const TempDir directory;
        REQUIRE(capture(*root, {}, directory.path() + "/copy").has_value());
        const auto copy = Root::open(directory.path() + "/copy");
        const auto there = read_host(*root, everything);
        const auto here = read_host(*copy, everything);
        REQUIRE(here.has_value());
        CHECK(there->fitness.at(first).removable == first);
        CHECK(there->fitness.at(first).overriders.size() == 2);
        CHECK(here->fitness == there->fitness);
        CHECK(here->iommu == there->iommu);
    }
}

TEST_CASE("a capture has no serials, addresses or words of the command line") {
    const MachineTree tree = MachineTree::load("b550-itx");
    tree.write("proc/cmdline", "root=/dev/sda1 secret=1 intel_iommu=on vfio-pci.ids=1:2\n");
    tree.write("sys/bus/pci/devices/0000:01:00.0/serial_number", "00-11-22-33-44-55-66-77\n");
    tree.write("proc/swaps", "Filename\n/dev/sdx partition 192.168.1.17\n");
    const TempDir directory;
    auto root = Root::open(tree.directory());
    Domain domain{.ref = {"qemu:///system", "u-1", "win11"}};
    domain.definition =
        "<domain><name>win11</name><devices><disk type='block'><serial>ABC</serial></disk>"
        "<interface type='bridge'><mac "
        "address='52:54:00:aa:bb:cc'/></interface></devices></domain>";
    REQUIRE(capture(
                *root, [&] { return std::vector{domain}; }, directory.path())
                .has_value());
    const auto copy = Root::open(directory.path());
    CHECK(copy->attribute("proc/cmdline") == "root=/dev/sda1 intel_iommu=on vfio-pci.ids=1:2");
    CHECK(copy->attribute("sys/bus/pci/devices/0000:01:00.0/serial_number") == "serial1");
    CHECK(copy->attribute("proc/swaps")->find("192.168") == std::string::npos);
    CHECK(all_text(directory.path()).find("<name>win11</name>") != std::string::npos);
    check_absent(directory.path(), {"ABC", "52:54:00:aa:bb:cc", "secret"});
}

TEST_CASE("a captured machine has the costs of the one that was captured, without its secrets") {
    auto description = machine_description("busy-desk");
    const std::string id = "disk/by-id/usb-Ultra_4C530001230912115091-0:0-part4";
    description["links"]["dev/" + id] = "../../sda4";
    auto& fstab = description["files"]["etc/fstab"];
    fstab = fstab.get<std::string>() + "/dev/" + id + " /again ext4 user=me 0 0\n";
    const MachineTree tree = MachineTree::from(description);
    const CapturedMachine captured(tree.directory());
    const auto& [directory, root, copy] = captured;
    const auto expected = costs(*root);
    CHECK(std::ranges::count(expected, "fstab-disk") == 4);
    CHECK(std::ranges::count(expected, "opened-by") == 3);
    CHECK(costs(*copy) == expected);
    check_absent(copy->directory(),
                 {"4C530001230912115091", "192.168.1.17", "0001A8C0", "20010db8", "00e04c680001",
                  "//server", "user=me", "credentials", "luks-home", "vg0", "tank", "my media",
                  "My\\x20Backup", "1234-ABCD", "6a1f0d8e-7c1b-4a54-9f32-11aa22bb33cc"});
}

TEST_CASE("a capture has no names of hosts, files and people that nothing is judged by") {
    auto description = machine_description("busy-desk");
    auto& files = description["files"];
    files["etc/ssh/sshd_config"] =
        "# by secret.admin\nPort 2222\nListenAddress secret.host:2223\nAllowUsers secret\n"
        "ListenAddress 192.0.2.9\n";
    files["etc/ssh/sshd_config.d/a.conf"] = "Port=2224\nBanner /secret\n";
    files["etc/systemd/system/ssh.socket.d/a.conf"] =
        "[Socket]\nListenStream=192.0.2.9:2225\nExecStartPre=/secret\n";
    files["proc/net/tcp"] =
        "  sl  local_address rem_address   st\n"
        "   0: 090200C0:08AE 00000000:0000 0A 0:0 0:0 0 1000 0 1\n"
        "   1: 0100007F:08AF 00000000:0000 0A 0:0 0:0 0 1000 0 1\n"
        "   2: 090200C0:0016 090200C1:D431 01 0:0 0:0 0 1000 0 1\n";
    files["proc/net/tcp6"] =
        "   0: B80D0120000000000000000000000A7F:08B0 00000000000000000000000000000000:0000 0A x\n";
    files["etc/modprobe.d/vfio.conf"] =
        "# secret\noptions vfio-pci ids=1b21:1242\noptions secret key=1\n";
    files["etc/udev/rules.d/10-usb.rules"] =
        "# secret\nATTRS{serial}==\"secret\", OWNER=\"secret\"\nSUBSYSTEM==\"pci\", \\\n"
        "ATTRS{serial}==\"secret\", ATTR{driver_override}=\"pci-stub\"\n";
    files["etc/crypttab"] =
        "luks-home UUID=6a1f0d8e-7c1b-4a54-9f32-11aa22bb33cc /secret luks\n"
        "swap /dev/sda6 /dev/urandom swap,secret\n";
    files["proc/swaps"] = "Filename Type\n/secret/swap file 1 0 -2\n";
    const MachineTree tree = MachineTree::from(description);
    const std::string table = Root::open(tree.directory())->read("proc/self/mountinfo").value();
    tree.write("proc/self/mountinfo",
               table +
                   "90 1 0:60 / /mnt rw - nfs4 secret.host:/secret rw,addr=192.0.2.9\n"
                   "91 1 259:2 /secret /opt rw - ext4 /dev/nvme0n1p2 rw,secret\n"
                   "92 1 0:61 / /secret rw - overlay overlay rw,lowerdir=/secret\n");
    const std::string device = "sys/bus/pci/devices/0000:02:00.0/";
    tree.write(device + "driver_override", "pci-stub\n");
    const CapturedMachine captured(tree.directory());
    const auto& [directory, root, copy] = captured;
    check_absent(copy->directory(),
                 {"secret", "192.0.2.9", "090200C0", "B80D0120", "abcdef", "6a1f0d8e7c1b"});
    const Scope everything{.everything = true, .subjects = {}};
    const auto there = read_host(*root, everything);
    const auto here = read_host(*copy, everything);
    REQUIRE(here.has_value());
    CHECK(there->ways_in->ssh_ports == std::vector<unsigned>{2222, 2224});
    CHECK(here->ways_in->ssh_ports == there->ways_in->ssh_ports);
    CHECK(here->ways_in->asks_passphrase == there->ways_in->asks_passphrase);
    CHECK(here->ids_options == there->ids_options);
    CHECK(here->ids_options.size() == 1);
    CHECK(here->fitness == there->fitness);
    CHECK(here->fitness.at(*parse_address("0000:02:00.0")).overriders.front().place ==
          "/etc/udev/rules.d/10-usb.rules:3");
    CHECK(costs(*copy) == costs(*root));
}

TEST_CASE("a capture has of the processes those alone by whose namespace or hands a disk is used") {
    auto description = machine_description("busy-desk");
    description["links"]["proc/self/ns/mnt"] = "mnt:[1]";
    description["links"]["proc/90/ns/mnt"] = "mnt:[1]";
    description["links"]["proc/91/ns/mnt"] = "mnt:[2]";
    description["links"]["proc/92/ns/mnt"] = "mnt:[2]";
    for (const char* const pid : {"90", "91", "92"}) {
        const std::string home = std::string("proc/") + pid;
        description["files"][home + "/comm"] = std::string("process") + pid + "\n";
        description["files"][home + "/mountinfo"] =
            "1 1 8:6 / /data rw - ext4 /dev/sda6 rw\n2 1 0:9 / /etc rw - overlay secret rw\n";
    }
    const MachineTree tree = MachineTree::from(description);
    const CapturedMachine captured(tree.directory());
    const auto& [directory, root, copy] = captured;
    CHECK(inspected(*root).find("mounted on /data in the mount namespace of process91 (pid 91)") !=
          std::string::npos);
    CHECK(costs(*copy) == costs(*root));
    check_absent(copy->directory(), {"secret", "process90", "process92", "proc/90", "proc/92"});
}

TEST_CASE("a capture keeps in one network what is in one network") {
    const MachineTree tree = MachineTree::load("b550-itx");
    Mask mask;
    const std::string given = "eth0 0001A8C0 00000000 0001 0 0 100 00FFFFFF 0 0 0\n";
    const std::string route = *mask.content("proc/net/route", given);
    const std::string trie = *mask.content(
        "proc/net/fib_trie", "|-- 192.168.1.17\n/32 host LOCAL\n|-- 192.168.2.1\n/32 host LOCAL\n");
    tree.write("proc/net/route", route);
    tree.write("proc/net/fib_trie", trie);
    const Network network = read_network(*Root::open(tree.directory()));
    REQUIRE(network.routes.size() == 1);
    CHECK(network.routes.front().length == 24);
    CHECK(network.addresses.size() == 1);
    CHECK(Mask().content("proc/net/route", given) != route);
}

TEST_CASE("a capture writes nothing beside its folder, wherever links lead") {
    const MachineTree tree = MachineTree::load("b550-itx");
    const TempDir outside;
    // As a block device has it: relative to the device's real place, far below the class.
    const std::string disk = Root::open(tree.directory())->resolve("sys/class/block/sda").value();
    std::string up;
    for (const char c : disk)
        if (c == '/') up += "../";
    tree.link(disk + "/bdi", up + "devices/virtual/bdi/8:0");
    tree.write("sys/devices/virtual/bdi/8:0/min_ratio", "0\n");
    tree.link(disk + "/slaves", outside.path());
    tree.link("etc/udev/rules.d", outside.path());
    const TempDir parent;
    auto root = Root::open(tree.directory());
    REQUIRE(capture(*root, {}, parent.path() + "/copy").has_value());
    const auto entries_in = [](const std::string& path) {
        const std::filesystem::directory_iterator all(path);
        return std::distance(begin(all), end(all));
    };
    CHECK(entries_in(parent.path()) == 1);
    CHECK(std::filesystem::is_empty(outside.path()));
}
