// SPDX-License-Identifier: GPL-2.0-or-later
// What counts as a keyboard, and what the host has left after the whole plan.
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/support/plan_of.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;

namespace {

/// A keyboard on the first of two controllers, an eth0 that is no PCI function, sshd.
const std::string usb_keyboard = R"("usb":[{"controller":"0000:00:14.0","devices":[{"port":"1-1",
    "id":"1b1c:1b13","product":"K70","interfaces":[{"class":"03","subclass":"01","protocol":"01",
    "driver":"usbhid","carries":[{"kind":"input","name":"input5","label":"K70","keyboard":true,
    "hid":"0003:1B1C:1B13.0001"}]}]}]}])";

std::string input(const std::string& name, const std::string& label, const std::string& below,
                  const std::string& more) {
    return R"({"name":")" + name + R"(","label":")" + label + R"(","below":")" + below + "\"," +
           more + "}";
}

const std::string typewriter = R"("keyboard":true)";
const std::string bluetooth_keyboard =
    R"("inputs":[)" +
    input("input9", "MX Keys", "sys/devices/virtual/misc/uhid/0005:046D:B35B.0004", typewriter) +
    "]";
const std::string encrypted =
    R"("disks":[{"name":"dm-0","dev":"254:0","dm":"luks-root","mounts":["/"]}],
       "files":{"sys/devices/virtual/block/dm-0/dm/uuid":"CRYPT-LUKS2-0000-luks-root\n"})";

/// The plan that gives the first controller away.
Plan plan_with(const std::string& more, const std::string& profile = first_controller) {
    return plan_of(two_controllers(more), profile);
}

bool is_last(const std::string& more) { return find(plan_with(more), "last-keyboard") != nullptr; }

}  // namespace

TEST_CASE("the last keyboard is told with its name, and another one that stays is enough") {
    CHECK(message(plan_with(usb_keyboard), "last-keyboard") ==
          "no keyboard would be left to the host (K70)");
    const std::string ps2 = input("input2", "AT Translated Set 2 keyboard",
                                  "sys/devices/platform/i8042/serio0", typewriter);
    CHECK_FALSE(is_last(usb_keyboard + R"(,"inputs":[)" + ps2 + "]"));
}

TEST_CASE("buttons, lids, speakers and a port without a keyboard are no keyboards") {
    const std::string acpi = "sys/devices/LNXSYSTM:00/";
    const std::string buttons =
        input("input0", "Power Button", acpi + "LNXPWRBN:00", R"("key":"10000000000000 0")") + "," +
        input("input1", "Lid Switch", acpi + "PNP0C0D:00", R"("key":"0")") + "," +
        input("input2", "Video Bus", acpi + "LNXVIDEO:00", R"("key":"3e000b00000000 0 0 0")") +
        "," + input("input3", "PC Speaker", "sys/devices/platform/pcspkr", R"("key":"0")") + "," +
        input("input4", "Intel HID events", "sys/devices/platform/INT33D5:00",
              R"("key":"8000000000 0 2000000000000000 16 18000000001000 0 0 0")");
    CHECK(is_last(usb_keyboard + R"(,"inputs":[)" + buttons + "]"));
    CHECK(is_last(
        usb_keyboard +
        R"(,"files":{"sys/devices/platform/i8042/serio0/description":"i8042 KBD port\n"})"));
}

TEST_CASE("what a program types with is no keyboard") {
    const std::string made =
        input("input7", "keyd virtual keyboard", "sys/devices/virtual", typewriter) + "," +
        input("input8", "made by hid", "sys/devices/virtual/misc/uhid/0003:0001:0001.0001",
              typewriter);
    CHECK(is_last(usb_keyboard + R"(,"inputs":[)" + made + "]"));
}

TEST_CASE("the keyboard of the BMC and a security key that types are no keyboards") {
    for (const char* const id : {"046b:ff10", "0557:2221", "0557:2419", "03f0:7029", "0624:0249",
                                 "0b1f:03ee", "413c:0000", "17ef:b000", "1050:0407"}) {
        CAPTURE(std::string(id));
        const std::string other =
            R"(,{"controller":"0000:00:15.0","devices":[{"port":"3-1","id":")" + std::string(id) +
            R"(","interfaces":[{"class":"03","driver":"usbhid","carries":[{"kind":"input",
               "name":"input8","label":"Typist","keyboard":true}]}]}]}])";
        CHECK(is_last(usb_keyboard.substr(0, usb_keyboard.size() - 1) + other));
    }
    const std::string real =
        R"(,{"controller":"0000:00:15.0","devices":[{"port":"3-1","id":"046d:c31c",
            "interfaces":[{"class":"03","driver":"usbhid","carries":[{"kind":"input",
            "name":"input8","label":"K120","keyboard":true}]}]}]}])";
    CHECK_FALSE(is_last(usb_keyboard.substr(0, usb_keyboard.size() - 1) + real));
}

TEST_CASE("whatever hangs below the USB controller of a BMC is the BMC's") {
    const Host host = host_of(MachineTree::from(
        R"({"functions":[{"address":"0000:01:00.4","path":"sys/devices/pci0000:00/0000:01:00.4",
        "class":"0c0300","id":"103c:3300","driver":"uhci_hcd","group":1}],"usb":[{"controller":
        "0000:01:00.4","devices":[{"port":"1-1","id":"1234:5678","interfaces":[{"class":"03",
        "carries":[{"kind":"input","name":"input3","label":"K","keyboard":true}]}]}]}]})"));
    REQUIRE(host.attached.size() == 1);
    CHECK_FALSE(host.attached.front().carried.keyboard);
    CHECK(host.attached.front().carried.detail == "K, of the BMC");
}

TEST_CASE("a Bluetooth keyboard is lost with its adapter and stays with another controller") {
    const std::string adapter =
        R"("usb":[{"controller":"0000:00:14.0","devices":[{"port":"1-8","id":"8087:0029",
        "interfaces":[{"class":"e0","driver":"btusb","carries":[{"kind":"bluetooth",
        "name":"hci0"}]}]}]}])";
    CHECK(message(plan_with(adapter + "," + bluetooth_keyboard), "last-keyboard") ==
          "no keyboard would be left to the host (MX Keys)");
    CHECK(find(plan_of(two_controllers(adapter + "," + bluetooth_keyboard),
                       "[[controller]]\naddress = \"0000:00:15.0\"\n"),
               "last-keyboard") == nullptr);
    const std::string below =
        R"("inputs":[)" +
        input("input9", "K380",
              "sys/devices/pci0000:00/0000:00:14.0/usb1/1-8/1-8:1.0/bluetooth/hci0/hci0:256/"
              "0005:046D:B342.0001",
              typewriter) +
        "]";
    CHECK(has(message(plan_with(adapter + "," + below), "last-keyboard"), "K380"));
}

TEST_CASE("at the disk's passphrase a keyboard behind the controller still works") {
    const std::string text = message(plan_with(usb_keyboard + "," + encrypted), "last-keyboard");
    CHECK(has(text, "can still be typed on it"));
    CHECK_FALSE(has(message(plan_with(usb_keyboard), "last-keyboard"), "passphrase"));
}

TEST_CASE("at the disk's passphrase no keyboard works that vfio-pci.ids takes before") {
    const std::string text = message(plan_with(usb_keyboard + "," + encrypted +
                                               R"(,"command_line":"quiet vfio-pci.ids=8086:a36d")"),
                                     "last-keyboard");
    CHECK(has(text, "not for the disk's passphrase either"));
    CHECK(has(text, "kernel command line"));
}

TEST_CASE("a Bluetooth keyboard alone is not enough where a passphrase is asked for at boot") {
    const std::string both = usb_keyboard + "," + bluetooth_keyboard;
    CHECK(find(plan_with(both), "last-keyboard") == nullptr);
    const std::string text = message(plan_with(both + "," + encrypted), "last-keyboard");
    CHECK(has(text, "only Bluetooth would be left to the host (MX Keys)"));
    CHECK(has(text, "K70 leaves"));
}

TEST_CASE("whether a passphrase is asked for is read from the devices, crypttab and the kernel") {
    const auto asks = [](const std::string& more, const std::string& crypttab = "") {
        const MachineTree tree = two_controllers(usb_keyboard + "," + more);
        if (!crypttab.empty()) tree.write("etc/crypttab", crypttab);
        return host_of(tree).ways_in->asks_passphrase;
    };
    CHECK(asks(encrypted));
    CHECK(asks(encrypted, "luks-root UUID=1 none luks,discard\n"));
    CHECK_FALSE(asks(encrypted, "luks-root UUID=1 /etc/keys/root luks\n"));
    CHECK_FALSE(asks(encrypted, "luks-root UUID=1 none luks,tpm2-device=auto\n"));
    CHECK(asks(R"("command_line":"quiet rd.luks.uuid=luks-1234")"));
    CHECK(asks(R"("command_line":"cryptdevice=UUID=1:root root=/dev/mapper/root")"));
    CHECK_FALSE(asks(R"("command_line":"rd.luks.uuid=1 rd.luks.key=/key:UUID=2")"));
    CHECK_FALSE(asks(R"("command_line":"root=/dev/sda1")"));
    // An encrypted disk that is not below "/" asks nobody before the root file system is there.
    CHECK_FALSE(asks(R"("disks":[{"name":"dm-0","dev":"254:0","dm":"luks-data","mounts":["/data"]}],
                "files":{"sys/devices/virtual/block/dm-0/dm/uuid":"CRYPT-LUKS2-0-luks-data\n"})"));
    // LVM upon dm-crypt.
    CHECK(asks(R"("disks":[{"name":"dm-1","dev":"254:1","dm":"vg-root","mounts":["/"]},
                {"name":"dm-0","dev":"254:0","dm":"luks-pv"}],
                "files":{"sys/devices/virtual/block/dm-0/dm/uuid":"CRYPT-LUKS2-0-luks-pv\n",
                "sys/devices/virtual/block/dm-1/dm/uuid":"LVM-abc\n"},
                "links":{"sys/devices/virtual/block/dm-1/slaves/dm-0":"../../dm-0"})"));
}

TEST_CASE("the last pointer is told, and a Bluetooth mouse stays") {
    const std::string mouse =
        R"("usb":[{"controller":"0000:00:14.0","devices":[{"port":"1-2","id":"046d:c077",
        "interfaces":[{"class":"03","carries":[{"kind":"input","name":"input6","label":"M100",
        "pointer":true}]}]}]}])";
    CHECK(message(plan_with(mouse), "last-pointer") ==
          "no pointer would be left to the host (M100)");
    const std::string other =
        R"(,"inputs":[)" +
        input("input9", "MX Master", "sys/devices/virtual/misc/uhid/0005:046D:B034.0004",
              R"("pointer":true)") +
        "]";
    CHECK(find(plan_with(mouse + other), "last-pointer") == nullptr);
}
