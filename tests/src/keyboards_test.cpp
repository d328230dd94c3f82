// SPDX-License-Identifier: GPL-2.0-or-later
// What a person can type or point on: the whole device decides, not the keys that it says it has.
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/support/plan_of.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;
using namespace std::string_literals;

namespace {

/// An interface of a USB device: "01" a boot keyboard, "02" a boot mouse; `carries` its inputs.
std::string interface(const std::string& protocol, const std::string& carries = "",
                      const std::string& subclass = "01") {
    return R"({"class":"03","subclass":")" + subclass + R"(","protocol":")" + protocol +
           R"(","driver":"usbhid","carries":[)" + carries + "]}";
}

std::string input(const std::string& name, const std::string& label, const std::string& ability,
                  const std::string& hid = "0003:046D:C084.0003") {
    return R"({"kind":"input","name":")" + name + R"(","label":")" + label + R"(","hid":")" + hid +
           R"(",)" + ability + "}";
}

const std::string keys = R"("keyboard":true)";
const std::string axes = R"("pointer":true)";

/// The keyboard of the desk leaves with the first controller, a device with these interfaces stays
/// at 2-1 of the second.
const std::string leaving = R"("usb":[{"controller":"0000:00:14.0","devices":[{"port":"1-1",
    "id":"04d9:0169","interfaces":[)" +
                            interface("01", input("input5", "Desk Keyboard", keys)) + "]}]}";

MachineTree desk(const std::string& interfaces, const std::string& id = "046d:c084",
                 const std::string& more = "") {
    return two_controllers(leaving +
                           R"(,{"controller":"0000:00:15.0","devices":[{"port":"2-1","id":")" + id +
                           R"(","interfaces":[)" + interfaces + "]}]}]" + more);
}

const std::string second_home = "sys/devices/pci0000:00/0000:00:15.0/usb2/2-1/2-1:1.";

Plan plan_with(MachineTree tree) { return plan_of(std::move(tree), first_controller); }

/// Applications of a report descriptor, by the usage on the page of desktop devices.
std::string desktop(const std::string& usages) {
    std::string descriptor;
    for (const char usage : usages) descriptor += "\x05\x01\x09"s + usage + "\xa1\x01\xc0"s;
    return descriptor;
}
const std::string consumer = "\x05\x0c\x09\x01\xa1\x01\xc0";

}  // namespace

TEST_CASE("a mouse that has the keys of a keyboard is no keyboard and no way in") {
    const std::string mouse =
        interface("02", input("input6", "G102 Gaming Mouse", axes)) + "," +
        interface("00", input("input7", "G102 Gaming Mouse Keyboard", keys), "00");
    const Plan plan = plan_with(desk(mouse, "046d:c084", R"(,"sshd":false)"));
    CHECK(message(plan, "last-keyboard") ==
          "no keyboard would be left to the host (Desk Keyboard); not counted: G102 Gaming Mouse "
          "Keyboard (of a mouse: its first interface is a boot mouse)");
    CHECK(find(plan, "last-way-in") != nullptr);
    CHECK(find(plan, "last-pointer") == nullptr);
    // With sshd there is a way in, and no keyboard all the same.
    const Plan over_network = plan_with(desk(mouse));
    CHECK(find(over_network, "last-way-in") == nullptr);
    CHECK(find(over_network, "last-keyboard") != nullptr);
}

TEST_CASE("mice with a boot keyboard for their macros are no keyboards, whatever order it has") {
    // Razer: mouse, keyboard, keyboard. A composite one whose first interface is no HID.
    const std::string macros = interface("02", input("input6", "DeathAdder", axes)) + "," +
                               interface("01", input("input7", "DeathAdder", keys)) + "," +
                               interface("01", input("input8", "DeathAdder", keys), "00");
    CHECK(find(plan_with(desk(macros, "1532:005c")), "last-keyboard") != nullptr);
    const std::string composite = R"({"class":"01"},)" +
                                  interface("02", input("input6", "Mouse", axes)) + "," +
                                  interface("01", input("input7", "Mouse", keys));
    CHECK(find(plan_with(desk(composite, "0951:1717")), "last-keyboard") != nullptr);
    // Ten interfaces before it: numbers count, not letters.
    std::string many = interface("02", input("input6", "Mouse", axes));
    for (int i = 0; i < 9; ++i) many += R"(,{"class":"ff"})";
    CHECK(find(plan_with(desk(many + "," + interface("01", input("input7", "Mouse", keys)))),
               "last-keyboard") != nullptr);
}

TEST_CASE("a keyboard with a trackpoint counts, and is named once with the reason") {
    const Plan plan =
        plan_with(desk(interface("01", input("input6", "TrackPoint Keyboard", keys)) + "," +
                           interface("02", input("input7", "TrackPoint Keyboard", axes)) + "," +
                           interface("00", input("input8", "TrackPoint Keyboard NKRO", keys), "00"),
                       "17ef:6047"));
    CHECK(find(plan, "last-keyboard") == nullptr);
    CHECK(message(plan, "keyboard-left") ==
          "a keyboard leaves, and these stay: TrackPoint Keyboard (its first interface is a boot "
          "keyboard)");
}

TEST_CASE("a security key, a reader, a thermometer and a remote control are no keyboards") {
    for (const char* const id : {"20a0:4108", "0c2e:0204", "05e0:1200", "0801:0001", "08ff:0009",
                                 "413d:2107", "20a0:0006", "28de:1142"}) {
        CAPTURE(std::string(id));
        const Plan plan = plan_with(desk(interface("01", input("input6", "Typist", keys)), id));
        CHECK(has(message(plan, "last-keyboard"), "; not counted: Typist ("));
    }
    // By the applications of another interface: a FIDO key, a bar-code scanner, a card reader.
    for (const auto& descriptor : {"\x06\xd0\xf1\x09\x01\xa1\x01\xc0"s, "\x05\x8c\x09\x02\xa1\x01"s,
                                   "\x05\x8e\x09\x01\xa1\x01"s}) {
        const MachineTree tree =
            desk(interface("01", input("input6", "Typist", keys)) + "," + interface("00", "", "00"),
                 "1ea8:0001");
        tree.write(second_home + "1/0003:1EA8:0001.0007/report_descriptor", descriptor);
        const Host host = host_of(tree);
        const auto typist = std::ranges::find(
            host.attached, "Typist",
            [](const Attached& attached) { return attached.carried.input.label; });
        REQUIRE(typist != host.attached.end());
        CHECK_FALSE(typist->carried.keyboard);
    }
}

TEST_CASE("a receiver of remote controls and a keyboard of another machine are no keyboards") {
    const auto elsewhere = [](const std::string& below) {
        return two_controllers(leaving +
                               R"(],"inputs":[{"name":"input6","label":"Typist","below":")" +
                               below + R"(","keyboard":true}])");
    };
    for (const char* const below :
         {"sys/devices/pci0000:00/0000:00:15.0/usb2/2-1/2-1:1.0/rc/rc0",
          "sys/devices/platform/cec0/rc/rc1",
          "sys/devices/platform/vhci_hcd.0/usb5/5-1/5-1:1.0/0003:04D9:0169.0009"}) {
        CAPTURE(std::string(below));
        CHECK(has(message(plan_with(elsewhere(below)), "last-keyboard"), "not counted: Typist ("));
    }
}

TEST_CASE("PS/2, I2C and built-in keyboards count") {
    for (const auto& [below, reason] : std::vector<std::pair<std::string, std::string>>{
             {"sys/devices/platform/i8042/serio0", "on a PS/2 port"},
             {"sys/devices/pci0000:00/0000:00:1f.0/i2c-1/i2c-X/0018:06CB:7E7E.0001",
              "on an I2C bus"},
             {"sys/devices/pci0000:00/0000:00:1e.3/spi-APP000D:00", "built in"}}) {
        const Plan plan = plan_with(
            two_controllers(leaving + R"(],"inputs":[{"name":"input6","label":"Real","below":")" +
                            below + R"(","keyboard":true}])"));
        CHECK(find(plan, "last-keyboard") == nullptr);
        CHECK(message(plan, "keyboard-left") ==
              "a keyboard leaves, and these stay: Real (" + reason + ")");
    }
}

TEST_CASE("a receiver counts, and it is said that no keyboard may be paired with it") {
    for (const auto& [id, label] : std::vector<std::pair<std::string, std::string>>{
             {"046d:c548", "Logitech USB Receiver"},
             {"1ea7:0064", "2.4G Wireless Device"},
             {"045e:07b2", "Microsoft Nano Transceiver"},
             {"0a5c:4502", "Broadcom Keyboard"}}) {
        CAPTURE(id);
        const Plan plan = plan_with(desk(interface("01", input("input6", label, keys)), id));
        CHECK(find(plan, "last-keyboard") == nullptr);
        CHECK(message(plan, "unproven-input") ==
              "it is not certain that a keyboard would be left to the host: " + label +
                  " (not known whether a keyboard is paired with it)");
    }
    // One that is certain is enough.
    const Plan both =
        plan_with(desk(interface("01", input("input6", "Logitech USB Receiver", keys)), "046d:c548",
                       R"(,"inputs":[{"name":"input9","label":"AT keyboard","keyboard":true}])"));
    CHECK(find(both, "unproven-input") == nullptr);
    CHECK(has(message(both, "keyboard-left"), "not known whether a keyboard is paired with it"));
}

TEST_CASE("of a receiver whose driver tells what is paired, the paired keyboard counts") {
    const std::string receiver = "0003:046D:C52B.0003";
    const auto paired = [&](const std::string& ability, const std::string& descriptor) {
        MachineTree tree = desk(interface("01") + "," + interface("02") + "," +
                                    interface("00",
                                              input("input6", "Logitech K800", ability,
                                                    receiver + "/0003:046D:2010.0004"),
                                              "00"),
                                "046d:c52b");
        tree.write(second_home + "2/" + receiver + "/0003:046D:2010.0004/report_descriptor",
                   descriptor);
        return plan_with(std::move(tree));
    };
    const Plan keyboard = paired(keys, desktop("\x06") + consumer + desktop("\x80"));
    CHECK(message(keyboard, "keyboard-left") ==
          "a keyboard leaves, and these stay: Logitech K800 (a keyboard that is paired with a "
          "receiver)");
    // A keyboard with a touchpad; a gaming mouse, which hid-logitech-dj gives a keyboard's reports.
    const std::string both = keys + "," + axes;
    CHECK(find(paired(both, desktop("\x06\x02") + consumer + desktop("\x80")), "last-keyboard") ==
          nullptr);
    CHECK(find(paired(both, desktop("\x06\x02")), "last-keyboard") != nullptr);
    CHECK(find(paired(both, desktop("\x06\x02") + consumer), "last-keyboard") != nullptr);
    CHECK(has(message(paired(both, ""), "unproven-input"),
              "not known whether it is a keyboard or a mouse"));
}

TEST_CASE("a receiver of hid-logitech-dj without a paired keyboard is none") {
    const MachineTree tree =
        desk(interface("01", input("input6", "Logitech USB Receiver", keys)), "046d:c534");
    tree.link(second_home + "0/0003:046D:C084.0003/driver",
              "../../../../../../../../bus/hid/drivers/logitech-djreceiver");
    const Host host = host_of(tree);
    const auto receiver = std::ranges::find_if(host.attached, [](const Attached& attached) {
        return attached.carried.input.label == "Logitech USB Receiver";
    });
    REQUIRE(receiver != host.attached.end());
    CHECK_FALSE(receiver->carried.keyboard);
}

TEST_CASE("what cannot be told from a keyboard counts and is named with what is known") {
    const auto left = [](const std::string& interfaces, const std::string& id) {
        const Plan plan = plan_with(desk(interfaces, id));
        CHECK(find(plan, "last-keyboard") == nullptr);
        return message(plan, "unproven-input");
    };
    CHECK(has(left(interface("01", input("input6", "USB Barcode Scanner", keys)), "1a86:5456"),
              "USB Barcode Scanner (by its name a reader, by its interfaces a keyboard)"));
    CHECK(has(left(interface("00", input("input6", "Surface Type Cover", keys), "00"), "045e:07e2"),
              "Surface Type Cover (its first interface says neither keyboard nor mouse)"));
    CHECK(has(left(interface("00", input("input6", "Thing", keys), "00") + "," + interface("02"),
                   "1234:0001"),
              "its first interface says neither"));
    // A boot keyboard with another name is one for all that is known: a note names it.
    CHECK(has(message(plan_with(desk(interface("01", input("input6", "HID 1", keys)), "ffff:1")),
                      "keyboard-left"),
              "HID 1 (its first interface is a boot keyboard)"));
}

TEST_CASE("a Bluetooth mouse with keys is no keyboard") {
    const auto paired = [](const std::string& descriptor) {
        const std::string home = "sys/devices/virtual/misc/uhid/0005:046D:B023.0004";
        MachineTree tree =
            two_controllers(leaving + R"(],"inputs":[{"name":"input6","label":"MX","below":")" +
                            home + R"(","keyboard":true,"pointer":true}])");
        tree.write(home + "/report_descriptor", descriptor);
        return plan_with(std::move(tree));
    };
    CHECK(
        has(message(paired(desktop("\x02\x06")), "last-keyboard"), "not counted: MX (of a mouse"));
    CHECK(
        has(message(paired(desktop("\x06") + consumer), "keyboard-left"), "a Bluetooth keyboard"));
    CHECK(has(message(paired(desktop("\x06\x02")), "unproven-input"), "a keyboard or a mouse"));
}

TEST_CASE("keys that move the pointer make no pointer of a keyboard") {
    const auto with_mouse = [](const std::string& keyboard) {
        return plan_of(
            two_controllers(
                R"("usb":[{"controller":"0000:00:14.0","devices":[{"port":"1-1","id":"046d:c077",
                "interfaces":[)" +
                interface("02", input("input5", "Desk Mouse", axes)) +
                R"(]}]},{"controller":"0000:00:15.0","devices":[{"port":"2-1","id":"feed:1307",
                "interfaces":[)" +
                keyboard + "]}]}]"),
            first_controller);
    };
    const std::string letters = interface("01", input("input6", "ErgoDox", keys));
    CHECK(message(with_mouse(letters + "," +
                             interface("00", input("input7", "ErgoDox Mouse", axes), "00")),
                  "last-pointer") ==
          "no pointer would be left to the host (Desk Mouse); not counted: ErgoDox Mouse (of a "
          "keyboard, whose keys move the pointer)");
    CHECK(find(with_mouse(letters + "," + interface("02", input("input7", "ErgoDox", axes))),
               "last-pointer") == nullptr);
}

TEST_CASE("names of keyboards are hostile and are escaped") {
    const Plan plan = plan_with(desk(interface("02", "") + "," +
                                     interface("01", input("input7", "\\u001b[31mX\\nY", keys))));
    CHECK(has(message(plan, "last-keyboard"), "not counted: \\x1b[31mX"));
}
