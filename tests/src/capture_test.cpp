// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/commands/capture.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>

#include "iommu/network.hpp"
#include "iommu/read_host.hpp"
#include "src/commands/mask.hpp"
#include "src/findings/judge.hpp"
#include "src/render/inspect.hpp"
#include "tests/support/machine_tree.hpp"
#include "tests/support/temp_tree.hpp"

using namespace ctrlpass;
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

}  // namespace

TEST_CASE("a captured machine looks like the one that was captured") {
    for (const char* const name : {"x570-aorus", "dell-12gen-vmd", "990fx", "dl380-g8"}) {
        CAPTURE(name);
        const MachineTree tree = MachineTree::load(name);
        const TempDir directory;
        auto root = Root::open(tree.directory());
        REQUIRE(capture(*root, {}, directory.path() + "/copy").has_value());
        const auto copy = Root::open(directory.path() + "/copy");
        CHECK(inspected(*root) == inspected(*copy));
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
    domain.definition = "<domain><serial>ABC</serial><mac address='52:54:00:aa:bb:cc'/></domain>";
    REQUIRE(capture(
                *root, [&] { return std::vector{domain}; }, directory.path())
                .has_value());
    const auto copy = Root::open(directory.path());
    CHECK(copy->attribute("proc/cmdline") == "intel_iommu=on vfio-pci.ids=1:2");
    CHECK(copy->attribute("sys/bus/pci/devices/0000:01:00.0/serial_number") == "masked");
    CHECK(copy->attribute("proc/swaps")->find("192.168") == std::string::npos);
    CHECK(copy->attribute("guests/u-1.xml") ==
          "<domain><serial>masked</serial><mac address='00:00:00:00:00:00'/></domain>");
}

TEST_CASE("a captured machine has the costs of the one that was captured, without its secrets") {
    auto description = machine_description("busy-desk");
    const std::string id = "disk/by-id/usb-Ultra_4C530001230912115091-0:0-part4";
    description["links"]["dev/" + id] = "../../sda4";
    auto& fstab = description["files"]["etc/fstab"];
    fstab = fstab.get<std::string>() + "/dev/" + id + " /again ext4 user=me 0 0\n";
    const MachineTree tree = MachineTree::from(description);
    const TempDir directory;
    auto root = Root::open(tree.directory());
    REQUIRE(capture(*root, {}, directory.path() + "/copy").has_value());
    const auto copy = Root::open(directory.path() + "/copy");
    const auto expected = costs(*root);
    CHECK(std::ranges::count(expected, "fstab-disk") == 4);
    CHECK(std::ranges::count(expected, "opened-by") == 3);
    CHECK(costs(*copy) == expected);
    // Names by id have serial numbers in them: the only thing that differs.
    std::string masked_id = inspected(*root);
    const std::string name = id.substr(id.rfind('/') + 1);
    masked_id.replace(masked_id.find(name), name.size(), "masked-1");
    CHECK(masked_id == inspected(*copy));
    std::string all;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(copy->directory())) {
        all += entry.path().string() + "\n";
        if (entry.is_symlink()) all += std::filesystem::read_symlink(entry.path()).string() + "\n";
        if (!entry.is_regular_file()) continue;
        std::ifstream file(entry.path());
        all.append(std::istreambuf_iterator<char>(file), {});
    }
    for (const char* const secret : {"4C530001230912115091", "192.168.1.17", "0001A8C0", "20010db8",
                                     "00e04c680001", "//server", "user=me", "credentials"})
        CHECK_MESSAGE(all.find(secret) == std::string::npos, secret);
}

TEST_CASE("a capture keeps in one network what is in one network") {
    const MachineTree tree = MachineTree::load("b550-itx");
    Mask mask;
    const std::string route =
        mask.content("proc/net/route", "eth0 0001A8C0 00000000 0001 0 0 100 00FFFFFF 0 0 0\n");
    const std::string trie = mask.content(
        "proc/net/fib_trie", "|-- 192.168.1.17\n/32 host LOCAL\n|-- 192.168.2.1\n/32 host LOCAL\n");
    tree.write("proc/net/route", route);
    tree.write("proc/net/fib_trie", trie);
    const Network network = read_network(*Root::open(tree.directory()));
    REQUIRE(network.routes.size() == 1);
    CHECK(network.routes.front().length == 24);
    CHECK(network.addresses.size() == 1);
    CHECK(Mask().content("proc/net/route", route) != route);
}

TEST_CASE("a capture never writes into a folder that has something in it") {
    const TempDir directory;
    std::ofstream(directory.path() + "/mine") << "x";
    auto root = Root::open(MachineTree::load("b550-itx").directory());
    const auto refused = capture(*root, {}, directory.path());
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().trouble == Trouble::bad_input);
}

TEST_CASE("a capture that fails leaves nothing of itself, and asks nobody where it cannot write") {
    const TempDir directory;
    std::ofstream(directory.path() + "/mine") << "x";
    auto root = Root::open(MachineTree::load("b550-itx").directory());
    bool asked = false;
    const auto ask = [&] {
        asked = true;
        return std::vector<Domain>();
    };
    CHECK_FALSE(capture(*root, ask, directory.path()).has_value());
    CHECK_FALSE(asked);
    // A host without a PCI bus cannot be read.
    const TempDir empty;
    const TempDir parent;
    auto nothing = Root::open(empty.path());
    CHECK_FALSE(capture(*nothing, ask, parent.path() + "/new/copy").has_value());
    CHECK(asked);
    CHECK_FALSE(std::filesystem::exists(parent.path() + "/new/copy"));
    CHECK_FALSE(capture(*nothing, {}, parent.path() + "/new").has_value());
    CHECK(std::filesystem::is_empty(parent.path() + "/new"));
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
