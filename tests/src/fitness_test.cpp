// SPDX-License-Identifier: GPL-2.0-or-later
// Is a controller fit for a guest: reset, firmware, plug, interrupt line; and the platform.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "iommu/read_host.hpp"
#include "src/findings/judge.hpp"
#include "src/findings/known_resets.hpp"
#include "tests/support/small_scene.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;

namespace {

Plan plan_with(const std::string& of_first, const std::string& more = "") {
    return small_scene(of_first, more).plan({small_profile()});
}

std::string file(const std::string& path, const std::string& text) {
    return R"(,"files":{")" + path + R"(":")" + text + R"("})";
}

const std::string home = "sys/devices/pci0000:00/0000:00:14.0/";

}  // namespace

TEST_CASE("a controller that the kernel cannot reset needs consent") {
    const Plan plan = plan_with(R"(,"reset":[])");
    CHECK(has(message(plan, "no-reset"), "0000:00:14.0"));
    CHECK(plan.is_refused());
    CHECK_FALSE(small_scene(R"(,"reset":[])")
                    .plan({small_profile("allow = [\"no-reset\"]\n")})
                    .is_refused());
    CHECK(find(plan_with(R"(,"reset":["pm"])"), "no-reset") == nullptr);
}

TEST_CASE("before Linux 5.15 the reset file alone says that there is a way") {
    CHECK(find(plan_with(R"(,"reset":[])", file(home + "reset", "")), "no-reset") == nullptr);
    // With a reset_method that somebody has emptied it says nothing.
    const Plan emptied = plan_with(R"(,"reset":[])", R"(,"files":{")" + home + R"(reset":"",")" +
                                                         home + R"(reset_method":"\n"})");
    CHECK(find(emptied, "no-reset") != nullptr);
}

TEST_CASE("a reset by the bus alone is told, any other way beside it is not") {
    const Plan plan = plan_with(R"(,"reset":["bus"])");
    CHECK(has(message(plan, "bus-reset-only"), "0000:00:14.0"));
    CHECK_FALSE(plan.is_refused());
    CHECK(find(plan_with(R"(,"reset":["pm","bus"])"), "bus-reset-only") == nullptr);
}

TEST_CASE("a known bad reset counts only where the kernel would use it") {
    const std::string matisse = R"(,"id":"1022:149c","reset":)";
    const Plan old_kernel = plan_with(matisse + R"(["flr","bus"])");
    CHECK(has(message(old_kernel, "known-bad-reset"), "Matisse"));
    CHECK(has(hint(old_kernel, "known-bad-reset"),
              "echo bus > /sys/bus/pci/devices/0000:00:14.0/reset_method"));
    CHECK(old_kernel.is_refused());
    const Plan new_kernel = plan_with(matisse + R"(["pm","bus"])");
    CHECK(find(new_kernel, "known-bad-reset") == nullptr);
    CHECK_FALSE(new_kernel.is_refused());
    CHECK(find(plan_with(R"(,"reset":["flr"])"), "known-bad-reset") == nullptr);
}

TEST_CASE("a Renesas card is told about its reset and its firmware, by the driver's own name") {
    const Plan plan = plan_with(R"(,"id":"1912:0015","reset":["bus"])");
    CHECK(has(message(plan, "known-bad-reset"), "uPD720202"));
    CHECK(find(plan, "bus-reset-only") == nullptr);
    CHECK(has(message(plan, "firmware-upload"), "xhci_hcd uploads the firmware"));
    CHECK(find(plan, "firmware-upload")->severity == Severity::warn);
    CHECK(find(plan_with(""), "firmware-upload") == nullptr);
}

TEST_CASE("a part that resets the machine needs consent whatever its ways of resetting") {
    CHECK(has(message(plan_with(R"(,"id":"1022:15b8")"), "known-bad-reset"), "whole machine"));
    CHECK(has(hint(plan_with(R"(,"id":"1022:15b8")"), "known-bad-reset"), "XHCI Hand-off"));
}

TEST_CASE("every row of the known resets names its part, what happens and its source once") {
    std::set<PciId> ids;
    for (const KnownReset& row : known_resets()) {
        CHECK(ids.insert(row.id).second);
        CHECK_FALSE(row.name.empty());
        CHECK_FALSE(row.what_happens.empty());
        CHECK_FALSE(row.source.empty());
    }
}

TEST_CASE("memory that the firmware keeps mapped is refused, relaxable memory is not") {
    const std::string regions = "sys/kernel/iommu_groups/4/reserved_regions";
    const std::string msi = "0x00000000fee00000 0x00000000feefffff msi\\n";
    const std::string ram = "0x00000000bdf6f000 0x00000000bdf7efff ";
    const Plan bad = plan_with("", file(regions, ram + "direct\\n" + msi));
    CHECK(has(message(bad, "rmrr"), "0x00000000bdf6f000-0x00000000bdf7efff"));
    CHECK(bad.is_refused());
    CHECK(find(plan_with("", file(regions, ram + "direct-relaxable\\n" + msi)), "rmrr") == nullptr);
}

TEST_CASE("a controller below what can be unplugged needs consent, a fixed one does not") {
    const Plan itself = plan_with("", file(home + "removable", "removable\\n"));
    CHECK(has(message(itself, "removable-controller"), "0000:00:14.0 can be unplugged"));
    CHECK(itself.is_refused());
    CHECK(find(plan_with("", file(home + "removable", "fixed\\n")), "removable-controller") ==
          nullptr);
    const auto behind_bridge = [](const std::string& removable) {
        Scene scene(MachineTree::from(R"({"functions":[
            {"address":"0000:00:07.0","path":"sys/devices/pci0000:00/0000:00:07.0",
             "class":"060400","id":"8086:466e","driver":"pcieport","group":1},
            {"address":"0000:00:14.0","path":"sys/devices/pci0000:00/0000:00:07.0/0000:00:14.0",
             "class":"0c0330","id":"8086:15b6","driver":"xhci_hcd","group":2}])" +
                                      removable + "}"));
        return scene.plan({small_profile()});
    };
    const std::string bridge = "sys/devices/pci0000:00/0000:00:07.0/";
    CHECK(has(
        message(behind_bridge(file(bridge + "removable", "removable\\n")), "removable-controller"),
        "hangs below 0000:00:07.0"));
    CHECK(find(behind_bridge(""), "removable-controller") == nullptr);
}

TEST_CASE("a tunnel is known by its port, which the USB4 driver links to the host interface") {
    const auto machine = [](const std::string& link) {
        Scene scene(MachineTree::from(R"({"functions":[
            {"address":"0000:00:07.0","path":"sys/devices/pci0000:00/0000:00:07.0",
             "class":"060400","id":"8086:466e","driver":"pcieport","group":1},
            {"address":"0000:00:0d.2","path":"sys/devices/pci0000:00/0000:00:0d.2",
             "class":"0c0340","id":"8086:463e","driver":"thunderbolt","group":3},
            {"address":"0000:00:14.0","path":"sys/devices/pci0000:00/0000:00:07.0/0000:00:14.0",
             "class":"0c0330","id":"8086:15b6","driver":"xhci_hcd","group":2}],
            "files":{"sys/devices/virtual/devlink/x/status":"active\n"},
            "links":{"sys/devices/pci0000:00/0000:00:07.0/)" +
                                      link + R"(":"../../virtual/devlink/x"}})"));
        return scene.plan({small_profile()});
    };
    CHECK(has(message(machine("supplier:pci:0000:00:0d.2"), "removable-controller"),
              "host interface 0000:00:0d.2"));
    CHECK(find(machine("supplier:pci:0000:00:0e.0"), "removable-controller") == nullptr);
}

TEST_CASE("a dock hangs on a cable, the Thunderbolt chip's own controller and others do not") {
    const auto scene = Scene(MachineTree::load("t480-thunderbolt"));
    const auto host = read_host(scene.root(), Scope{.everything = true, .subjects = {}});
    REQUIRE(host.has_value());
    CHECK(host->fitness_of(*parse_address("0000:0a:00.0"))->tunnel ==
          parse_address("0000:06:00.0"));
    CHECK_FALSE(host->fitness_of(*parse_address("0000:00:14.0"))->tunnel);
    // The chip's own xHCI would hang directly behind 05:02.0, a port of the chip's switch.
    auto machine = machine_description("t480-thunderbolt");
    machine["functions"].push_back(
        {{"address", "0000:3b:00.0"},
         {"path", "sys/devices/pci0000:00/0000:00:1c.6/0000:04:00.0/0000:05:02.0/0000:3b:00.0"},
         {"class", "0c0330"},
         {"id", "8086:15c1"},
         {"driver", "xhci_hcd"},
         {"group", 20}});
    const Scene own(MachineTree::from(machine));
    const auto with_own = read_host(own.root(), Scope{.everything = true, .subjects = {}});
    REQUIRE(with_own.has_value());
    CHECK_FALSE(with_own->fitness_of(*parse_address("0000:3b:00.0"))->tunnel);
    CHECK(with_own->fitness_of(*parse_address("0000:0a:00.0"))->tunnel);
}

TEST_CASE("an interrupt line shared with others is told with their names, MSI has no line") {
    const std::string line = R"(,"files":{"sys/kernel/irq/18/actions":"xhci_hcd:usb1,nvidia\n",")" +
                             home + R"(irq":"18\n")";
    const std::string usb = R"(,"usb":[{"controller":"0000:00:14.0","buses":["1"]}])";
    const Plan shared = plan_with("", usb + line + "}");
    CHECK(has(message(shared, "shared-intx"), "shares line 18 with nvidia"));
    CHECK_FALSE(has(message(shared, "shared-intx"), "usb1"));
    CHECK_FALSE(shared.is_refused());
    const Plan msi = plan_with("", usb + line + R"(,")" + home + R"(msi_irqs/31":"msix\n"})");
    CHECK(find(msi, "shared-intx") == nullptr);
    const Plan alone =
        plan_with("", usb + R"(,"files":{"sys/kernel/irq/18/actions":"xhci_hcd:usb1",")" + home +
                          R"(irq":"18\n"})");
    CHECK(find(alone, "shared-intx") == nullptr);
}

TEST_CASE("overridden isolation needs consent, other words of the command line do not") {
    const Plan plan =
        plan_with("", R"(,"command_line":"quiet pcie_acs_override=downstream,multifunction ro")");
    CHECK(has(message(plan, "acs-override"), "pcie_acs_override=downstream,multifunction:"));
    CHECK(plan.is_refused());
    CHECK_FALSE(small_scene("", R"(,"command_line":"pcie_acs_override=downstream")")
                    .plan({small_profile("allow = [\"acs-override\"]\n")})
                    .is_refused());
    CHECK(find(plan_with("", R"(,"command_line":"quiet no_pcie_acs_override=1")"),
               "acs-override") == nullptr);
}

TEST_CASE("unsafe interrupts are a consent in place of the missing remapping's refusal") {
    const std::string none = R"(,"interrupt_remapping":false)";
    const std::string parameter = "sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts";
    const Plan allowed = plan_with("", none + file(parameter, "Y\\n"));
    CHECK(has(message(allowed, "unsafe-interrupts"), "allow_unsafe_interrupts"));
    CHECK(find(allowed, "no-interrupt-remapping") == nullptr);
    CHECK(allowed.is_refused());
    CHECK_FALSE(small_scene("", none + file(parameter, "Y\\n"))
                    .plan({small_profile("allow = [\"unsafe-interrupts\"]\n")})
                    .is_refused());
    const Plan forbidden = plan_with("", none + file(parameter, "N\\n"));
    CHECK(find(forbidden, "unsafe-interrupts") == nullptr);
    CHECK(find(forbidden, "no-interrupt-remapping") != nullptr);
    // Where interrupts are remapped it does nothing.
    CHECK(plan_with("", file(parameter, "Y\\n")).findings.empty());
}

TEST_CASE("unsafe interrupts are known before the module is loaded") {
    const std::string none = R"(,"interrupt_remapping":false)";
    const std::string path = "etc/modprobe.d/vfio.conf";
    const Plan plan =
        plan_with("", none + file(path, "options vfio_iommu_type1 allow_unsafe_interrupts=1\\n"));
    CHECK(find(plan, "unsafe-interrupts") != nullptr);
    const Plan off =
        plan_with("", none + file(path, "options vfio_iommu_type1 allow_unsafe_interrupts=0\\n"));
    CHECK(find(off, "unsafe-interrupts") == nullptr);
}

TEST_CASE("no-IOMMU mode gives nothing to a guest and the refusal says so") {
    const std::string parameter = "sys/module/vfio/parameters/enable_unsafe_noiommu_mode";
    const Plan plan = plan_with("", R"(,"iommu":"off-in-firmware")" + file(parameter, "Y\\n"));
    CHECK(has(message(plan, "iommu-off"), "no-IOMMU mode"));
    CHECK(plan.is_refused());
    CHECK_FALSE(
        has(message(plan_with("", R"(,"iommu":"off-in-firmware")"), "iommu-off"), "no-IOMMU mode"));
}

TEST_CASE("a member that is only bound need not be fit for a guest, one that is given must be") {
    const auto plan = [](const std::string& guest) {
        Scene scene(MachineTree::from(std::string(R"({"drivers":["vfio-pci"],"functions":[
            {"address":"0000:00:14.0","path":"sys/devices/pci0000:00/0000:00:14.0",
             "class":"0c0330","id":"8086:a36d","driver":"xhci_hcd","group":4},
            {"address":"0000:00:14.2","path":"sys/devices/pci0000:00/0000:00:14.2",
             "class":"050000","id":"8086:a36f","driver":"ram","group":4,"reset":[]}]})")));
        scene.domains().add("win11");
        return scene.plan({small_profile(
            "[[controller.member]]\naddress = \"0000:00:14.2\"\nguest = " + guest + "\n",
            "[vm]\nname = \"win11\"\n")});
    };
    CHECK(find(plan("false"), "no-reset") == nullptr);
    CHECK(find(plan("true"), "no-reset")->subject == "0000:00:14.2");
}

TEST_CASE("what is given away already is not judged again") {
    Scene scene = small_scene(R"(,"reset":[])");
    const Profile profile = small_profile("allow = [\"no-reset\"]\n");
    REQUIRE(scene.apply({profile}).has_value());
    CHECK(scene.plan({small_profile()}).findings.empty());
}

TEST_CASE("inspect counts what makes a controller unfit as its cost") {
    const Scene scene = small_scene(R"(,"reset":[])");
    const auto host = read_host(scene.root(), Scope{.everything = true, .subjects = {}});
    REQUIRE(host.has_value());
    const auto verdict = [&](const char* address) {
        return verdict_of(*host, Holders{}, *host->controller(*parse_address(address)));
    };
    CHECK(verdict("0000:00:14.0").kind == Verdict::cost);
    CHECK(verdict("0000:00:14.0").findings.front().code == "no-reset");
    CHECK(verdict("0000:00:15.0").kind == Verdict::free);
}
