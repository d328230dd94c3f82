// SPDX-License-Identifier: GPL-2.0-or-later
#include "vfio/binding.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <filesystem>

#include "tests/support/fake_kernel.hpp"
#include "tests/support/temp_tree.hpp"
#include "vfio/companions.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;

namespace {

const std::string usb = "0000:0a:00.3";
const PciAddress address{0, 0x0a, 0, 3};
const std::string at = "sys/bus/pci/devices/0000:0a:00.3/";
const std::string override_file = at + "driver_override";
const std::string drivers = "sys/bus/pci/drivers/";

const Binding on_host{"xhci_hcd", std::nullopt};
const Binding on_vfio{"vfio-pci", "vfio-pci"};
const Binding unbound{std::nullopt, std::nullopt};

/// One USB controller, and the kernel below it.
struct Machine {
    TempTree tree;
    Root root = tree.root();
    FakeKernel kernel;

    explicit Machine(const TreeFunction& function = {.address = usb, .group = 28})
        : kernel(prepare(tree, function)) {}
    static std::string prepare(const TempTree& tree, const TreeFunction& function) {
        tree.function(function);
        tree.usb_bus(function.address, 3);
        tree.driver("xhci_hcd");
        return tree.directory();
    }
    Binding now() const {
        const auto binding = read_binding(root, address);
        REQUIRE(binding);
        return *binding;
    }
    Result<> bring(const Binding& wanted) { return write_binding(root, kernel, address, wanted); }
    /// Brings it there without leaving a trace in the lists.
    void start(const Binding& wanted) {
        REQUIRE(bring(wanted));
        REQUIRE(now() == wanted);
        kernel.forget();
    }
    Error failure(const Binding& wanted) {
        const auto written = bring(wanted);
        REQUIRE_FALSE(written);
        return written.error();
    }
};

using Writes = std::vector<std::string>;

}  // namespace

TEST_CASE("a binding is read as driver and override, where (null) is none") {
    CHECK(Machine().now() == on_host);
    CHECK(Machine({.address = usb, .driver = {}}).now() == unbound);
    CHECK(Machine({.address = usb, .override_name = "none"}).now() == Binding{"xhci_hcd", "none"});
}

TEST_CASE("the binding of a function that is not there is missing") {
    Machine machine({.address = "0000:0b:00.0"});
    const auto binding = read_binding(machine.root, address);
    REQUIRE_FALSE(binding);
    CHECK(binding.error().what == "cannot read the binding of 0000:0a:00.3");
    CHECK(binding.error().trouble == Trouble::missing);
    CHECK(machine.failure(on_vfio).trouble == Trouble::missing);
    CHECK(machine.kernel.writes().empty());
}

TEST_CASE("a controller goes to vfio-pci: module, override, unbind, bind") {
    Machine machine;
    REQUIRE(machine.bring(on_vfio));
    CHECK(machine.now() == on_vfio);
    CHECK(machine.root.exists("dev/vfio/28"));
    CHECK(machine.kernel.loads() == std::vector<std::string>{"vfio-pci"});
    CHECK(machine.kernel.writes() == Writes{override_file + " <- vfio-pci",
                                            drivers + "xhci_hcd/unbind <- " + usb,
                                            drivers + "vfio-pci/bind <- " + usb});
}

TEST_CASE("a controller comes back to the driver it had, and all that hangs on it") {
    Machine machine;
    machine.start(on_vfio);
    REQUIRE(machine.bring(on_host));
    CHECK(machine.now() == on_host);
    CHECK(machine.root.exists("sys/bus/usb/devices/3-1/product"));
    CHECK(machine.kernel.writes() == Writes{override_file + " <- \\n",
                                            drivers + "vfio-pci/unbind <- " + usb,
                                            drivers + "xhci_hcd/bind <- " + usb});
}

TEST_CASE("no zero-length write clears an override") {
    Machine machine({.address = usb, .driver = {}, .override_name = "vfio-pci", .group = 28});
    REQUIRE(machine.bring(unbound));
    CHECK(machine.now() == unbound);
    CHECK(machine.kernel.writes() == Writes{override_file + " <- \\n"});
}

TEST_CASE("what is already so is not written again") {
    // driverctl and vfio.sh unbind it once more, and pull it from a running guest.
    Machine machine;
    machine.start(on_vfio);
    machine.kernel.hold(28, 4711, "win11");
    REQUIRE(machine.bring(on_vfio));
    CHECK(machine.kernel.writes().empty());
    CHECK(machine.kernel.tries().empty());
}

TEST_CASE("every binding can be had from every other, and from all states between") {
    const std::vector<std::optional<std::string>> some_drivers{{}, "xhci_hcd", "vfio-pci"};
    const std::vector<std::optional<std::string>> some_overrides{
        {}, "xhci_hcd", "vfio-pci", "none"};
    std::vector<Binding> states;
    for (const auto& driver : some_drivers)
        for (const auto& override_name : some_overrides)
            // vfio-pci without an override cannot be bound, only left so.
            states.push_back({driver, override_name});
    Machine machine;
    for (const auto& from : states) {
        for (const auto& to : states) {
            if (to.driver == "vfio-pci" && !to.override_name) continue;
            if (from.driver == "vfio-pci" && !from.override_name) {
                REQUIRE(machine.bring(on_vfio));
                REQUIRE(machine.kernel.write(override_file, "\n"));
            } else {
                REQUIRE(machine.bring(from));
            }
            REQUIRE(machine.now() == from);
            CHECK(machine.bring(to));
            CHECK(machine.now() == to);
        }
    }
}

TEST_CASE("a refusal at any write is an error, and the same call puts back what was there") {
    for (const auto& [from, to] : {std::pair(on_host, on_vfio), std::pair(on_vfio, on_host),
                                   std::pair(unbound, on_vfio), std::pair(on_vfio, unbound)}) {
        Machine machine;
        machine.start(from);
        REQUIRE(machine.bring(to));
        const int writes = machine.kernel.count();
        for (const int number : {EBUSY, EINVAL, ENODEV, EACCES, EIO}) {
            for (int k = 1; k <= writes; ++k) {
                CAPTURE(k);
                CAPTURE(number);
                machine.start(from);
                machine.kernel.refuse_write(k, number);
                const auto written = machine.bring(to);
                // ENODEV of an unbind may mean that somebody was faster, so it is tried again.
                if (!written) {
                    CHECK(written.error().error_number == number);
                    CHECK(written.error().trouble ==
                          (number == EACCES ? Trouble::denied : Trouble::failed));
                } else {
                    CHECK(number == ENODEV);
                    CHECK(machine.now() == to);
                }
                machine.kernel.forget();
                CHECK(machine.bring(from));
                CHECK(machine.now() == from);
            }
        }
    }
}

TEST_CASE("killed at any write, the same call goes on to the end or back to the start") {
    using Moment = FakeKernel::Moment;
    for (const auto& [from, to] : {std::pair(on_host, on_vfio), std::pair(on_vfio, on_host)}) {
        for (const auto moment : {Moment::before, Moment::during, Moment::after}) {
            for (int k = 1; k <= 3; ++k) {
                for (const auto& end : {from, to}) {
                    CAPTURE(k);
                    Machine machine;
                    machine.start(from);
                    machine.kernel.die_at_write(k, moment);
                    CHECK_THROWS_AS(static_cast<void>(machine.bring(to)), Killed);
                    machine.kernel.settle();
                    machine.kernel.forget();
                    CHECK(machine.bring(end));
                    CHECK(machine.now() == end);
                    CHECK(machine.root.exists("sys/bus/usb/devices/3-1") ==
                          (end.driver == "xhci_hcd"));
                }
            }
        }
    }
}

TEST_CASE("a write that says success and does nothing is seen as failure") {
    Machine machine;
    SUBCASE("override") {
        machine.kernel.swallow_write(1);
        CHECK(machine.failure(on_vfio).where == "it reads back as none");
        CHECK(machine.now() == on_host);
    }
    SUBCASE("unbind, each time") {
        for (int k = 2; k <= 10; ++k) machine.kernel.swallow_write(k);
        CHECK(machine.failure(on_vfio).what == "cannot unbind 0000:0a:00.3 from xhci_hcd");
    }
    SUBCASE("bind") {
        machine.kernel.swallow_write(3);
        const auto error = machine.failure(on_vfio);
        CHECK(error.what == "cannot bind 0000:0a:00.3 to vfio-pci");
        CHECK(error.where == "the kernel says that it did, but it is bound to nothing");
    }
}

TEST_CASE("a drivers_probe that says success though nothing is bound fools nobody") {
    Machine machine;
    REQUIRE(machine.bring(on_vfio));
    REQUIRE(machine.bring(on_host));
    for (const auto& write : machine.kernel.writes()) {
        CHECK(write.find("drivers_probe") == write.npos);
        CHECK(write.find("new_id") == write.npos);
    }
}

TEST_CASE("a missing or refused vfio-pci costs the controller nothing") {
    Machine machine;
    SUBCASE("missing") { machine.kernel.remove_module("vfio-pci"); }
    SUBCASE("refused") { machine.kernel.refuse_module("vfio-pci", EKEYREJECTED); }
    const auto error = machine.failure(on_vfio);
    CHECK(error.what == "cannot bind 0000:0a:00.3 to vfio-pci");
    CHECK(error.where.starts_with("the driver is not there, and its module cannot be loaded: "));
    CHECK(error.trouble == Trouble::failed);
    CHECK(machine.kernel.writes().empty());
    CHECK(machine.now() == on_host);
}

TEST_CASE("a host driver that is not there is loaded by the function's modalias") {
    Machine machine({.address = usb, .driver = {}, .override_name = "vfio-pci", .group = 28});
    std::filesystem::remove_all(machine.tree.directory() + "/sys/bus/pci/drivers/xhci_hcd");
    REQUIRE(machine.bring(on_host));
    CHECK(machine.now() == on_host);
    CHECK(machine.kernel.loads() == std::vector{machine.tree.read(at + "modalias")});
}

TEST_CASE("a driver that no module of this function brings is named") {
    Machine machine;
    const auto error = machine.failure({"xhci-pci-renesas", {}});
    CHECK(error.where == "the driver is not there, and no module for this function brings it");
    CHECK_FALSE(error.hint.empty());
    CHECK(machine.now() == on_host);
}

TEST_CASE("a driver that takes the function as soon as it is loaded is enough") {
    // Killed after the unbind, rebooted into nothing: override written, no driver, no module.
    Machine machine({.address = usb, .driver = {}, .override_name = "vfio-pci", .group = 28});
    REQUIRE(machine.bring(on_vfio));
    CHECK(machine.now() == on_vfio);
    CHECK(machine.kernel.writes().empty());
}

TEST_CASE("somebody else who unbinds or binds first is no failure") {
    Machine machine;
    const auto& directory = machine.tree.directory();
    const auto do_it = [&](const std::string& path) {
        FakeKernel other(directory);
        static_cast<void>(other.write(drivers + path, usb));
    };
    SUBCASE("unbound meanwhile") {
        machine.kernel.before_write(2, [&] { do_it("xhci_hcd/unbind"); });
    }
    SUBCASE("bound meanwhile") {
        machine.kernel.before_write(3, [&] { do_it("vfio-pci/bind"); });
    }
    CHECK(machine.bring(on_vfio));
    CHECK(machine.now() == on_vfio);
}

TEST_CASE("a function that vanishes at any write is missing") {
    for (int k = 1; k <= 3; ++k) {
        CAPTURE(k);
        Machine machine;
        machine.kernel.before_write(k, [&] { machine.kernel.vanish(usb); });
        const auto error = machine.failure(on_vfio);
        CHECK(error.trouble == Trouble::missing);
        CHECK(error.where == "there is no such PCI function");
    }
}

TEST_CASE("a bind that is deferred is tried again, not for ever") {
    Machine machine;
    machine.kernel.defer(usb, 2);
    CHECK(machine.bring(on_vfio));
    machine.start(on_host);
    machine.kernel.defer(usb, 1000);
    const auto error = machine.failure(on_vfio);
    CHECK(error.error_number == EAGAIN);
    CHECK(machine.kernel.count() < 50);
}

TEST_CASE("what somebody holds is asked about right before the unbind, and left to them") {
    Machine machine;
    machine.start(on_vfio);
    machine.kernel.hold(28, 4711, "win11");
    const auto error = machine.failure(on_host);
    CHECK(error.what == "cannot unbind 0000:0a:00.3 from vfio-pci");
    CHECK(error.where == "somebody has /dev/vfio/28 open");
    CHECK(error.trouble == Trouble::failed);
    CHECK(machine.now().driver == "vfio-pci");
    machine.kernel.release(28);
    REQUIRE(machine.bring(on_host));
    CHECK(machine.now() == on_host);
}

TEST_CASE("an unbind that hangs is stuck, and names the driver") {
    Machine machine;
    machine.start(on_vfio);
    // After the last question: the override is written first, then it is taken.
    machine.kernel.before_write(2, [&] { machine.kernel.hold(28, 4711, "win11"); });
    const auto error = machine.failure(on_host);
    CHECK(error.what == "cannot unbind 0000:0a:00.3 from vfio-pci");
    CHECK(error.trouble == Trouble::stuck);
    CHECK(error.where.find("in process ") != error.where.npos);
    CHECK(machine.failure(on_vfio).trouble == Trouble::stuck);
}

TEST_CASE("vfio-pci's refusals are told by their reasons") {
    SUBCASE("no IOMMU group") {
        Machine machine({.address = usb});
        const auto error = machine.failure(on_vfio);
        CHECK(error.where == "it is in no IOMMU group");
        CHECK(error.error_number == EINVAL);
        CHECK(machine.bring(on_host));
        CHECK(machine.now() == on_host);
    }
    SUBCASE("a bridge") {
        Machine machine({.address = usb, .class_code = "0x060400", .driver = {}, .group = 28});
        CHECK(machine.failure(on_vfio).where == "the driver does not take it (Invalid argument)");
    }
    SUBCASE("virtual functions") {
        Machine machine;
        machine.tree.file(at + "sriov_numvfs", "1\n");
        CHECK(machine.failure(on_vfio).error_number == EBUSY);
    }
}

TEST_CASE("a host driver that may not come into a held group says who is there") {
    Machine machine;
    machine.tree.function({.address = "0000:0a:00.4", .driver = {}, .group = 28});
    REQUIRE(write_binding(machine.root, machine.kernel, {0, 0x0a, 0, 4}, on_vfio));
    machine.start(unbound);
    machine.kernel.hold(28, 4711, "win11");
    const auto error = machine.failure(on_host);
    CHECK(error.what == "cannot bind 0000:0a:00.3 to xhci_hcd");
    CHECK(error.where == "a guest holds its IOMMU group: /dev/vfio/28 is in use");
    CHECK(machine.now() == unbound);
}

TEST_CASE("a group's node that never comes is an error after a bounded wait") {
    Machine machine;
    machine.kernel.withhold_nodes();
    const auto error = machine.failure(on_vfio);
    CHECK(error.where == "/dev/vfio/28 did not appear within 2 s");
    CHECK(machine.now() == on_vfio);
}

TEST_CASE("a companion at vfio-pci whose group has no number is parked without asking for it") {
    for (const char* const link : {"../../", "/", "x"}) {
        CAPTURE(link);
        Machine machine(
            {.address = usb, .class_code = "0x0c0320", .driver = "ehci-pci", .group = 28});
        machine.tree.driver("ehci-pci");
        machine.tree.driver("vfio-pci");
        const std::string other = "0000:0a:00.0";
        machine.tree.function({.address = other,
                               .class_code = "0x0c0300",
                               .driver = "vfio-pci",
                               .override_name = "vfio-pci"});
        machine.tree.link("sys/bus/pci/devices/" + other + "/iommu_group", link);
        const auto parked =
            ParkedCompanions::park(machine.root, machine.kernel, address, "ehci-pci", "vfio-pci");
        CHECK(machine.kernel.tries().empty());
        if (!parked) CHECK_FALSE(parked.error().what.empty());
    }
}
