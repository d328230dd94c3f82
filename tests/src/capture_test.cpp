// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/commands/capture.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "iommu/read_host.hpp"
#include "src/render/inspect.hpp"
#include "tests/support/machine_tree.hpp"
#include "tests/support/temp_tree.hpp"

using namespace ctrlpass;
using ctrlpass::tests::TempDir;

namespace {

std::string inspected(const Root& root) {
    const auto host = read_host(root, Scope{.everything = true, .subjects = {}});
    REQUIRE_MESSAGE(host.has_value(), host.error().what);
    return inspect_json(*host, {});
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

TEST_CASE("a capture has no serials, addresses or words of the command line") {
    const MachineTree tree = MachineTree::load("b550-itx");
    tree.write("proc/cmdline", "root=/dev/sda1 secret=1 intel_iommu=on vfio-pci.ids=1:2\n");
    tree.write("sys/bus/pci/devices/0000:01:00.0/serial_number", "00-11-22-33-44-55-66-77\n");
    tree.write("proc/swaps", "Filename\n/dev/sdx partition 192.168.1.17\n");
    const TempDir directory;
    auto root = Root::open(tree.directory());
    Domain domain{.ref = {"qemu:///system", "u-1", "win11"}};
    domain.definition = "<domain><serial>ABC</serial><mac address='52:54:00:aa:bb:cc'/></domain>";
    REQUIRE(capture(*root, {domain}, directory.path()).has_value());
    const auto copy = Root::open(directory.path());
    CHECK(copy->attribute("proc/cmdline") == "intel_iommu=on vfio-pci.ids=1:2");
    CHECK(copy->attribute("sys/bus/pci/devices/0000:01:00.0/serial_number") == "masked");
    CHECK(copy->attribute("proc/swaps")->find("192.168") == std::string::npos);
    CHECK(copy->attribute("guests/u-1.xml") ==
          "<domain><serial>masked</serial><mac address='00:00:00:00:00:00'/></domain>");
}

TEST_CASE("a capture never writes into a folder that has something in it") {
    const TempDir directory;
    std::ofstream(directory.path() + "/mine") << "x";
    auto root = Root::open(MachineTree::load("b550-itx").directory());
    const auto refused = capture(*root, {}, directory.path());
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().trouble == Trouble::bad_input);
}
