// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/support/fake_kernel.hpp"

#include <doctest/doctest.h>

#include <cerrno>

#include "tests/support/temp_tree.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;

namespace {

const std::string usb = "0000:0a:00.3";
const std::string at = "sys/bus/pci/devices/0000:0a:00.3/";
const std::string drivers = "sys/bus/pci/drivers/";
const std::string vfio_bind = drivers + "vfio-pci/bind";

struct Machine {
    TempTree tree;
    Machine(const TreeFunction& function = {.address = usb, .group = 28}) {
        tree.function(function);
    }
    std::string driver(const std::string& address = usb) const {
        return tree.root().link_name("sys/bus/pci/devices/" + address + "/driver").value_or("");
    }
    std::string override_name() const { return tree.read(at + "driver_override"); }
    bool has(const std::string& path) const { return tree.root().exists(path); }
};

int error_of(const Result<>& result) { return result ? 0 : result.error().error_number; }
bool is_stuck(const Result<>& result) {
    return !result && result.error().trouble == Trouble::stuck;
}

/// The function on vfio-pci by the kernel's own ways.
void move_to_vfio(FakeKernel& kernel, const std::string& address = usb) {
    REQUIRE(kernel.load_module("vfio-pci"));
    REQUIRE(kernel.write("sys/bus/pci/devices/" + address + "/driver_override", "vfio-pci"));
    REQUIRE(kernel.write(drivers + "xhci_hcd/unbind", address));
    REQUIRE(kernel.write(vfio_bind, address));
}

}  // namespace

TEST_CASE("the fake kernel keeps an override as it was written, up to the newline") {
    const Machine machine;
    FakeKernel kernel(machine.tree.directory());
    REQUIRE(kernel.write(at + "driver_override", "vfio-pci\nrubbish"));
    CHECK(machine.override_name() == "vfio-pci");
    REQUIRE(kernel.write(at + "driver_override", "\n"));
    CHECK(machine.override_name() == "(null)");
    CHECK(error_of(kernel.write(at + "driver_override", std::string(4096, 'x'))) == EINVAL);
    CHECK(machine.driver() == "xhci_hcd");
}

TEST_CASE("the fake kernel takes no notice of an empty write and says success") {
    const Machine machine({.address = usb, .override_name = "vfio-pci", .group = 28});
    FakeKernel kernel(machine.tree.directory());
    CHECK(kernel.write(at + "driver_override", ""));
    CHECK(machine.override_name() == "vfio-pci");
}

TEST_CASE("the fake kernel unbinds only what is bound, by its exact address") {
    const Machine machine;
    FakeKernel kernel(machine.tree.directory());
    machine.tree.driver("ehci-pci");
    const std::string unbind = drivers + "xhci_hcd/unbind";
    CHECK(error_of(kernel.write(unbind, "0a:00.3")) == ENODEV);
    CHECK(error_of(kernel.write(unbind, usb + " ")) == ENODEV);
    CHECK(error_of(kernel.write(unbind, "0000:0b:00.0")) == ENODEV);
    CHECK(error_of(kernel.write(drivers + "ehci-pci/unbind", usb)) == ENODEV);
    CHECK(error_of(kernel.write(drivers + "nobody/unbind", usb)) == ENOENT);
    CHECK(kernel.write(unbind, usb + "\n"));
    CHECK(machine.driver().empty());
    CHECK_FALSE(machine.has(drivers + "xhci_hcd/" + usb));
    CHECK(error_of(kernel.write(unbind, usb)) == ENODEV);
}

TEST_CASE("the fake kernel binds only what is free and matches") {
    const Machine machine;
    FakeKernel kernel(machine.tree.directory());
    REQUIRE(kernel.load_module("vfio_pci"));
    CHECK(error_of(kernel.write(vfio_bind, usb)) == ENODEV);
    REQUIRE(kernel.write(at + "driver_override", "vfio-pci"));
    CHECK(error_of(kernel.write(vfio_bind, usb)) == EBUSY);
    CHECK(error_of(kernel.write(drivers + "xhci_hcd/bind", usb)) == ENODEV);
    REQUIRE(kernel.write(drivers + "xhci_hcd/unbind", usb));
    CHECK(kernel.write(vfio_bind, usb));
    CHECK(machine.driver() == "vfio-pci");
    CHECK(machine.has(drivers + "vfio-pci/" + usb + "/driver_override"));
}

TEST_CASE("the fake kernel's drivers_probe says success whatever came of it") {
    const Machine machine({.address = usb});  // in no group
    FakeKernel kernel(machine.tree.directory());
    const std::string probe = "sys/bus/pci/drivers_probe";
    CHECK(error_of(kernel.write(probe, "0000:0b:00.0")) == ENODEV);
    CHECK(kernel.write(probe, usb));  // bound already
    REQUIRE(kernel.write(drivers + "xhci_hcd/unbind", usb));
    REQUIRE(kernel.write(at + "driver_override", "nobody"));
    CHECK(kernel.write(probe, usb));  // no driver matches
    REQUIRE(kernel.load_module("vfio-pci"));
    REQUIRE(kernel.write(at + "driver_override", "vfio-pci"));
    CHECK(kernel.write(probe, usb));  // the probe fails
    CHECK(machine.driver().empty());
    REQUIRE(kernel.write(at + "driver_override", "\n"));
    CHECK(kernel.write(probe, usb));  // whoever owns it by default
    CHECK(machine.driver() == "xhci_hcd");
}

TEST_CASE("the fake kernel's vfio-pci refuses what the real one refuses") {
    SUBCASE("a bridge") {
        const Machine machine(
            {.address = usb, .class_code = "0x060400", .driver = "pcieport", .group = 28});
        FakeKernel kernel(machine.tree.directory());
        REQUIRE(kernel.load_module("vfio-pci"));
        REQUIRE(kernel.write(at + "driver_override", "vfio-pci"));
        REQUIRE(kernel.write(drivers + "pcieport/unbind", usb));
        CHECK(error_of(kernel.write(vfio_bind, usb)) == EINVAL);
        CHECK(machine.driver().empty());
    }
    SUBCASE("a function in no IOMMU group") {
        const Machine machine({.address = usb, .driver = {}, .override_name = "vfio-pci"});
        FakeKernel kernel(machine.tree.directory());
        REQUIRE(kernel.load_module("vfio-pci"));
        CHECK(error_of(kernel.write(vfio_bind, usb)) == EINVAL);
    }
    SUBCASE("a physical function that has virtual ones") {
        const Machine machine(
            {.address = usb, .driver = {}, .override_name = "vfio-pci", .group = 28});
        machine.tree.file(at + "sriov_numvfs", "2\n");
        FakeKernel kernel(machine.tree.directory());
        REQUIRE(kernel.load_module("vfio-pci"));
        CHECK(error_of(kernel.write(vfio_bind, usb)) == EBUSY);
    }
}

TEST_CASE("the fake kernel shows a group's node from its first function to its last") {
    const Machine machine;
    machine.tree.function({.address = "0000:0a:00.4", .group = 28});
    FakeKernel kernel(machine.tree.directory());
    CHECK(error_of(kernel.try_group(28)) == ENOENT);
    move_to_vfio(kernel);
    CHECK(machine.has("dev/vfio/28"));
    CHECK(kernel.try_group(28));
    move_to_vfio(kernel, "0000:0a:00.4");
    REQUIRE(kernel.write(drivers + "vfio-pci/unbind", usb));
    CHECK(machine.has("dev/vfio/28"));
    REQUIRE(kernel.write(drivers + "vfio-pci/unbind", "0000:0a:00.4"));
    CHECK_FALSE(machine.has("dev/vfio/28"));
}

TEST_CASE("the fake kernel hangs in the unbind of a held function, and in all that follows") {
    const Machine machine;
    machine.tree.function({.address = "0000:0a:00.4", .driver = {}, .group = 28});
    FakeKernel kernel(machine.tree.directory());
    move_to_vfio(kernel);
    kernel.hold(28, 4711, "win11");
    CHECK(error_of(kernel.try_group(28)) == EBUSY);
    // A host driver must not come into a group that a guest owns.
    CHECK(error_of(kernel.write(drivers + "xhci_hcd/bind", "0000:0a:00.4")) == EBUSY);

    CHECK(is_stuck(kernel.write(drivers + "vfio-pci/unbind", usb)));
    CHECK(machine.driver().empty());
    CHECK(machine.has("dev/vfio/28"));
    CHECK(is_stuck(kernel.write(at + "driver_override", "\n")));
    CHECK(is_stuck(kernel.write(vfio_bind, usb)));
    CHECK(is_stuck(kernel.write("sys/bus/pci/drivers_probe", usb)));

    kernel.release(28);
    CHECK_FALSE(machine.has("dev/vfio/28"));
    CHECK_FALSE(machine.has("proc/4711"));
    CHECK(kernel.write(at + "driver_override", "\n"));
    CHECK(kernel.write(drivers + "xhci_hcd/bind", usb));
    CHECK(machine.driver() == "xhci_hcd");
}

TEST_CASE("the fake kernel takes what hangs on a USB controller and gives it back") {
    const Machine machine;
    machine.tree.usb_bus(usb, 3);
    FakeKernel kernel(machine.tree.directory());
    move_to_vfio(kernel);
    CHECK_FALSE(machine.has(at + "usb3"));
    CHECK(machine.tree.root().names("sys/bus/usb/devices").empty());
    REQUIRE(kernel.write(drivers + "vfio-pci/unbind", usb));
    REQUIRE(kernel.write(at + "driver_override", "\n"));
    REQUIRE(kernel.write(drivers + "xhci_hcd/bind", usb));
    CHECK(machine.tree.read("sys/bus/usb/devices/3-1/product") == "Keyboard");
}

TEST_CASE(
    "the fake kernel loads modules by name and by modalias, whose drivers take what is free") {
    const Machine machine({.address = usb, .driver = {}, .group = 28});
    FakeKernel kernel(machine.tree.directory());
    CHECK(error_of(kernel.load_module("no-such-module")) == ENOENT);
    kernel.refuse_module("vfio-pci", EKEYREJECTED);
    CHECK(error_of(kernel.load_module("vfio-pci")) == EKEYREJECTED);
    CHECK_FALSE(machine.has(drivers + "vfio-pci"));
    CHECK(kernel.load_module(machine.tree.read(at + "modalias")));
    CHECK(machine.driver() == "xhci_hcd");
    CHECK(kernel.load_module("xhci-pci"));
}

TEST_CASE("the fake kernel refuses loudly what it does not model") {
    const Machine machine({.address = usb, .class_code = "0x020000", .modalias = "pci:bc02"});
    machine.tree.driver("ehci-pci");
    FakeKernel kernel(machine.tree.directory());
    static_cast<void>(kernel.write(drivers + "xhci_hcd/unbind", usb));
    static_cast<void>(kernel.write(at + "driver_override", "ehci-pci"));
    const auto refused = [&](const std::string& path, const std::string& text) {
        CHECK_THROWS_AS(static_cast<void>(kernel.write(path, text)), NotModelled);
    };
    refused(drivers + "xhci_hcd/new_id", "1022 149c");
    refused(drivers + "xhci_hcd/remove_id", "1022 149c");
    refused(at + "reset", "1");
    refused("sys/bus/usb/drivers_probe", "1-1");
    refused(drivers + "ehci-pci/bind", usb);
    CHECK_THROWS_AS(kernel.hold(28, 4711, ""), NotModelled);
}

TEST_CASE("the fake kernel refuses, swallows and dies at the write that was named") {
    const Machine machine;
    machine.tree.usb_bus(usb, 3);
    FakeKernel kernel(machine.tree.directory());
    const std::string unbind = drivers + "xhci_hcd/unbind";
    const auto write = [&] { return kernel.write(unbind, usb); };
    kernel.refuse_write(1, EACCES);
    kernel.swallow_write(2);
    kernel.die_at_write(3, FakeKernel::Moment::before);
    kernel.die_at_write(4, FakeKernel::Moment::during);
    CHECK(error_of(write()) == EACCES);
    CHECK(write());
    CHECK_THROWS_AS(static_cast<void>(write()), Killed);
    CHECK(machine.driver() == "xhci_hcd");
    CHECK_THROWS_AS(static_cast<void>(write()), Killed);
    CHECK(machine.driver().empty());
    CHECK(machine.has(at + "usb3"));
    kernel.settle();
    CHECK_FALSE(machine.has(at + "usb3"));
    CHECK(kernel.writes() == std::vector<std::string>(4, unbind + " <- " + usb));

    kernel.forget();
    kernel.die_at_write(1, FakeKernel::Moment::after);
    CHECK_THROWS_AS(static_cast<void>(kernel.write(drivers + "xhci_hcd/bind", usb)), Killed);
    CHECK(machine.driver() == "xhci_hcd");
    CHECK(machine.has(at + "usb3"));
}

TEST_CASE("a function that is unplugged from the fake kernel leaves no trace") {
    const Machine machine;
    FakeKernel kernel(machine.tree.directory());
    move_to_vfio(kernel);
    kernel.vanish(usb);
    CHECK_FALSE(machine.has("sys/bus/pci/devices/" + usb));
    CHECK_FALSE(machine.has("dev/vfio/28"));
    CHECK(error_of(kernel.write(vfio_bind, usb)) == ENODEV);
    CHECK(error_of(kernel.write(at + "driver_override", "x")) == ENOENT);
}
