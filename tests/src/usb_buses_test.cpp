// SPDX-License-Identifier: GPL-2.0-or-later
// USB buses belong to the nearest PCI function above them, whatever hangs between.
#include <doctest/doctest.h>

#include <algorithm>

#include "src/commands/inspection.hpp"
#include "src/commands/plug_watch.hpp"
#include "tests/support/plan_of.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;

namespace {

/// The first function of `class_code` with `devices` on buses below `between`.
MachineTree board(const std::string& class_code, const std::string& between,
                  const std::string& more = "") {
    return MachineTree::from(
        R"({"roots":{"pci0000:00":"\\_SB_.PC00"},"drivers":["vfio-pci"],"functions":[
        {"address":"0000:02:00.0","path":"sys/devices/pci0000:00/0000:02:00.0","class":")" +
        class_code +
        R"(","id":"1022:163a","driver":"dwc3-pci","group":4}],"usb":[{"controller":"0000:02:00.0",
        "below":")" +
        between + R"(","devices":[
        {"port":"1-1","id":"0951:1666","interfaces":[{"class":"08","carries":[{"kind":"disk",
         "name":"sdb","dev":"8:16"}]}]},
        {"port":"1-2","id":"1050:0407","product":"YubiKey","interfaces":[{"class":"0b"}]},
        {"port":"2-3","id":"051d:0002","product":"Back-UPS 900","devnum":13,
         "interfaces":[{"class":"03"}]}]}],
        "processes":[{"pid":900,"name":"usbhid-ups","opens":["/dev/bus/usb/002/013"]}])" +
        more + "}");
}

const std::string profile = "[[controller]]\naddress = \"0000:02:00.0\"\n";

std::vector<std::string> ports(const Controller& controller) {
    std::vector<std::string> names;
    for (const UsbDevice& device : controller.devices) names.push_back(device.port);
    return names;
}

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("devices below platform children of a function are the function's") {
    for (const char* const between :
         {"dwc3.1.auto/xhci-hcd.2.auto", "cdns-usb3.0.auto/cdns-xhci", "xhci-hcd.3.auto", "",
          "soc/usb-subsystem/dwc3.4.auto/xhci-hcd.5.auto"}) {
        CAPTURE(std::string(between));
        const MachineTree tree = board("0c03fe", between);
        const Host host = host_of(tree);
        REQUIRE(host.controllers.size() == 1);
        CHECK(host.controllers.front().type == Controller::Type::other);
        CHECK(ports(host.controllers.front()) == Names{"1-1", "1-2", "2-3"});
        CHECK(host.controllers.front().devices.front().carries.front().name == "sdb");
        const Plan plan = plan_of(board("0c03fe", between), profile);
        CHECK(message(plan, "security-key") == "YubiKey is a smart-card reader");
        CHECK(message(plan, "opened-by") ==
              "usbhid-ups (pid 900) has Back-UPS 900 open: /dev/bus/usb/002/013");
    }
}

TEST_CASE("a function with two controllers below it has the buses of both") {
    const MachineTree tree = board("0c03fe", "dwc3.1.auto/xhci-hcd.2.auto");
    const std::string other = "sys/devices/pci0000:00/0000:02:00.0/dwc3.3.auto/xhci-hcd.4.auto";
    for (const auto& [bus, port] : {std::pair("usb10", "10-1"), std::pair("usb9", "9-1")}) {
        const std::string home = other + "/" + bus + "/" + port;
        tree.write(home + "/idVendor", "046d\n");
        tree.write(home + "/idProduct", "c077\n");
        tree.link("sys/bus/usb/devices/" + std::string(bus), "/" + other + "/" + bus);
    }
    CHECK(ports(host_of(tree).controllers.front()) == Names{"1-1", "1-2", "2-3", "9-1", "10-1"});
}

TEST_CASE("a bus belongs to the function next above, not to a bridge over it") {
    const Host host = host_of(MachineTree::from(
        R"({"functions":[
        {"address":"0000:00:1c.0","path":"sys/devices/pci0000:00/0000:00:1c.0","class":"060400",
         "id":"8086:a338","driver":"pcieport","group":1},
        {"address":"0000:02:00.0","path":"sys/devices/pci0000:00/0000:00:1c.0/0000:02:00.0",
         "class":"0c0330","id":"1b21:2142","driver":"xhci_hcd","group":2}],
        "usb":[{"controller":"0000:02:00.0","devices":[{"port":"1-1","id":"046d:c077"}]}]})"));
    REQUIRE(host.controllers.size() == 1);
    CHECK(to_string(host.controllers.front().address) == "0000:02:00.0");
    CHECK(ports(host.controllers.front()) == Names{"1-1"});
}

TEST_CASE("a function that has a bus is shown as a controller, whatever its class says") {
    // The OHCI of an SM501 graphics chip.
    const Host host = host_of(board("038000", "sm501-usb.0"));
    REQUIRE(host.controllers.size() == 1);
    CHECK(host.controllers.front().type == Controller::Type::other);
    CHECK(find(plan_of(board("038000", "sm501-usb.0"), profile), "not-usb") != nullptr);
}

TEST_CASE("what is plugged in below a platform child is told with its controller") {
    const MachineTree tree = board("0c03fe", "dwc3.1.auto/xhci-hcd.2.auto");
    auto watch = PlugWatch::start([&] { return inspect_host(*Root::open(tree.directory())); });
    REQUIRE(watch.has_value());
    const std::string home =
        "sys/devices/pci0000:00/0000:02:00.0/dwc3.1.auto/xhci-hcd.2.auto/usb1/1-4";
    tree.write(home + "/idVendor", "046d\n");
    tree.write(home + "/idProduct", "c077\n");
    const auto plugs =
        watch->take({"bind", "usb", "usb_device", "1-4", home}, PlugWatch::Clock::now());
    REQUIRE(plugs.has_value());
    REQUIRE(plugs->size() == 1);
    CHECK(to_string(plugs->front().controller.place.address) == "0000:02:00.0");
}
