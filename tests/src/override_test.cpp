// SPDX-License-Identifier: GPL-2.0-or-later
// Other tools at work: who else sets a function's driver_override, and where.
#include <doctest/doctest.h>

#include "iommu/overriders.hpp"
#include "iommu/read_host.hpp"
#include "src/guests/domain_xml.hpp"
#include "tests/support/small_scene.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;

namespace {

const std::string driverctl = "etc/driverctl.d/pci-0000:00:14.0";

Function function_of(const char* address, const PciId& id) {
    Function function;
    function.place.address = *parse_address(address);
    function.id = id;
    return function;
}

/// The first controller has this override, and udev this file.
Plan plan_with_rules(const std::string& driver, const std::string& path, const std::string& rules) {
    Scene scene = small_scene(R"(,"override":")" + driver + R"(")");
    scene.tree().write(path, rules);
    return scene.plan({small_profile()});
}

const std::string rule_for_first =
    "# bind early\n"
    "ACTION==\"add\", SUBSYSTEM==\"pci\", KERNEL==\"0000:00:14.0\", "
    "ATTR{driver_override}=\"pci-stub\"\n";

}  // namespace

TEST_CASE("an override of driverctl's is told with its file and the command that takes it away") {
    Scene scene = small_scene(R"(,"override":"pci-stub")");
    scene.tree().write(driverctl, "pci-stub\n");
    const Plan plan = scene.plan({small_profile()});
    CHECK(has(message(plan, "override-foreign"),
              "is 'pci-stub', set by driverctl (/etc/driverctl.d/pci-0000:00:14.0)"));
    CHECK(has(hint(plan, "override-foreign"), "    driverctl unset-override 0000:00:14.0\n"));
    CHECK(has(hint(plan, "override-foreign"), "next boot"));
    CHECK(plan.is_refused());
}

TEST_CASE("what driverctl will set at the next boot is told before it does") {
    Scene scene = small_scene();
    scene.tree().write(driverctl, "xhci_hcd\n");
    const Plan plan = scene.plan({small_profile()});
    CHECK(has(message(plan, "override-foreign"), "to 'xhci_hcd' at the next boot"));
    CHECK(plan.is_refused());
    scene.tree().write(driverctl, "vfio-pci\n");
    CHECK(find(scene.plan({small_profile()}), "override-foreign") == nullptr);
    scene.tree().remove(driverctl);
    scene.tree().write("etc/driverctl.d/pci-0000:00:15.0", "xhci_hcd\n");
    CHECK(find(scene.plan({small_profile()}), "override-foreign") == nullptr);
}

TEST_CASE("driverctl's override is taken over by consent, and rollback gives it back") {
    Scene scene = small_scene(R"(,"override":"xhci_hcd")");
    scene.tree().write(driverctl, "xhci_hcd\n");
    const auto start = scene.snapshot();
    const Profile allowed = small_profile("allow = [\"override-foreign\"]\n");
    const auto outcome = scene.apply({allowed});
    REQUIRE(outcome.has_value());
    CHECK(outcome->report.changed);
    CHECK(scene.snapshot().at("0000:00:14.0") == "vfio-pci vfio-pci");
    REQUIRE(scene.rollback({"front"}).has_value());
    CHECK(scene.snapshot() == start);
    CHECK(scene.root().attribute(driverctl) == "xhci_hcd");
}

TEST_CASE("a udev rule that set the override is told with file and line") {
    const Plan plan = plan_with_rules("pci-stub", "etc/udev/rules.d/10-usb.rules", rule_for_first);
    CHECK(has(message(plan, "override-foreign"),
              "set by the udev rule /etc/udev/rules.d/10-usb.rules:2"));
    CHECK(has(hint(plan, "override-foreign"), "Take line 2 out of /etc/udev/rules.d/10-usb.rules"));
}

TEST_CASE("what a udev rule will set at the next boot is told before it does") {
    Scene scene = small_scene();
    scene.tree().write("usr/lib/udev/rules.d/10-usb.rules", rule_for_first);
    const Plan plan = scene.plan({small_profile()});
    CHECK(has(message(plan, "override-foreign"),
              "the udev rule /usr/lib/udev/rules.d/10-usb.rules:2 sets the driver_override of "
              "0000:00:14.0 to 'pci-stub' at the next boot"));
    CHECK(has(hint(plan, "override-foreign"),
              "Take line 2 out of /usr/lib/udev/rules.d/10-usb.rules,\nor accept it"));
    CHECK(plan.is_refused());
    scene.tree().write("usr/lib/udev/rules.d/10-usb.rules",
                       "KERNEL==\"0000:00:14.0\", ATTR{driver_override}=\"vfio-pci\"\n");
    CHECK(find(scene.plan({small_profile()}), "override-foreign") == nullptr);
}

TEST_CASE("a rule for another function, or for another driver, did not set it") {
    const Plan other =
        plan_with_rules("pci-stub", "usr/lib/udev/rules.d/10-usb.rules",
                        "KERNEL==\"0000:00:15.0\", ATTR{driver_override}=\"pci-stub\"\n");
    CHECK(has(message(other, "override-foreign"), "ctrlpass did not set it"));
    const Plan driver =
        plan_with_rules("xhci_hcd", "etc/udev/rules.d/10-usb.rules", rule_for_first);
    CHECK(has(message(driver, "override-foreign"), "ctrlpass did not set it"));
}

TEST_CASE("a rule hides the one of the same name in a later folder") {
    const Scene scene = small_scene(R"(,"override":"pci-stub")");
    scene.tree().write("etc/udev/rules.d/10-usb.rules", "# nothing\n");
    scene.tree().write("usr/lib/udev/rules.d/10-usb.rules", rule_for_first);
    const auto host = read_host(scene.root(), Scope{.everything = true, .subjects = {}});
    REQUIRE(host.has_value());
    CHECK(host->fitness_of(*parse_address("0000:00:14.0"))->overriders.empty());
    scene.tree().remove("etc/udev/rules.d/10-usb.rules");
    const auto again = read_host(scene.root(), Scope{.everything = true, .subjects = {}});
    CHECK(again->fitness_of(*parse_address("0000:00:14.0"))->overriders.size() == 1);
}

TEST_CASE("which rules could mean a function") {
    const Function function = function_of("0000:0a:00.3", {0x1022, 0x149c});
    const std::string sets = ", ATTR{driver_override}=\"vfio-pci\"";
    for (const std::string& rule :
         {"KERNEL==\"0000:0a:00.3\"" + sets, "KERNEL==\"0000:0a:*\"" + sets,
          "KERNEL==\"0000:01:00.0|0000:0a:00.3\"" + sets,
          "SUBSYSTEM==\"pci\", ATTR{vendor}==\"0x1022\", ATTR{device}==\"0x149c\"" + sets,
          "SUBSYSTEM==\"pci\", KERNEL!=\"0000:0b:00.0\", ENV{X}==\"y\"" + sets,
          std::string("SUBSYSTEM==\"pci\", RUN+=\"/bin/sh -c 'echo vfio-pci > "
                      "/sys/bus/pci/devices/0000:0a:00.3/driver_override'\""),
          std::string("RUN+=\"/bin/sh -c 'echo x > /sys$devpath/driver_override'\"")}) {
        CAPTURE(rule);
        CHECK(could_mean(rule, function));
    }
    for (const std::string& rule :
         {"# KERNEL==\"0000:0a:00.3\"" + sets, "KERNEL==\"0000:0a:00.4\"" + sets,
          "SUBSYSTEM==\"usb\"" + sets, "ATTR{vendor}==\"0x8086\"" + sets,
          "KERNEL!=\"0000:0a:00.3\"" + sets,
          std::string("KERNEL==\"0000:0a:00.3\", ATTR{driver_override}==\"vfio-pci\""),
          std::string("KERNEL==\"0000:0a:00.3\", ATTR{power/control}=\"auto\""),
          std::string("RUN+=\"/bin/sh -c 'echo x > "
                      "/sys/bus/pci/devices/0000:01:00.0/driver_override'\""),
          std::string("KERNEL==\"driver_override"), std::string()}) {
        CAPTURE(rule);
        CHECK_FALSE(could_mean(rule, function));
    }
}

TEST_CASE("another definition that names the function is told with its libvirt and managed") {
    Scene scene = small_scene();
    scene.domains().add("win11");
    scene.domains().add("studio", hostdev_xml(*parse_address("0000:00:14.0"), true));
    const Profile profile = small_profile("", "[vm]\nname = \"win11\"\n");
    const Plan plan = scene.plan({profile});
    CHECK(has(message(plan, "claimed-by-domain"), "studio (qemu:///system)"));
    CHECK(has(message(plan, "claimed-by-domain"), "managed='yes'"));
    CHECK(has(hint(plan, "claimed-by-domain"), "virsh edit studio"));
}

TEST_CASE("a hostdev made by hand is taken over by consent and comes back to the last attribute") {
    const std::string by_hand = *normal_form(
        "<hostdev mode='subsystem' type='pci' managed='yes'><driver name='vfio'/><source>"
        "<address domain='0x0000' bus='0x00' slot='0x14' function='0x0'/></source>"
        "<alias name='ua-front-ports'/><rom bar='off'/>"
        "<address type='pci' domain='0x0000' bus='0x05' slot='0x00' function='0x0'/></hostdev>");
    Scene scene = small_scene();
    const DomainRef ref = scene.domains().add("win11", by_hand);
    const auto start = scene.snapshot();
    const std::string vm = "[vm]\nname = \"win11\"\n";
    CHECK(scene.plan({small_profile("", vm)}).is_refused());
    const auto outcome = scene.apply({small_profile("allow = [\"claimed-by-domain\"]\n", vm)});
    REQUIRE(outcome.has_value());
    CHECK_FALSE(outcome->report.failure);
    CHECK(has(scene.domains().by_uuid[ref.uuid].definition, "ua-ctrlpass-0000-00-14-0"));
    CHECK_FALSE(has(scene.domains().by_uuid[ref.uuid].definition, "ua-front-ports"));
    REQUIRE(scene.rollback({"front"}).has_value());
    CHECK(scene.snapshot() == start);
}
