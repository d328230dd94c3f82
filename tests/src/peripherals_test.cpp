// SPDX-License-Identifier: GPL-2.0-or-later
// What hangs below a controller besides disks, links and inputs, and who has it open.
#include <doctest/doctest.h>

#include <algorithm>

#include "iommu/read_host.hpp"
#include "src/render/inspect.hpp"
#include "tests/support/plan_of.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;

namespace {

const std::string home = "sys/devices/pci0000:00/0000:00:14.0/usb1/1-1/1-1:1.0";

/// The first controller has a device of this product, which is given attributes below its first
/// interface: {"dvb/dvb0.frontend0/dev", "212:0"}. Process 700 has `open` open.
MachineTree with_files(const std::string& product,
                       const std::vector<std::pair<std::string, std::string>>& files,
                       const std::string& open = "", const std::string& comm = "program") {
    MachineTree tree = two_controllers(
        R"("usb":[{"controller":"0000:00:14.0","devices":[{"port":"1-1","id":"1234:5678",
        "devnum":4,"product":")" +
        product + R"(","interfaces":[{"class":"ff"}]}]}])" +
        (open.empty() ? ""
                      : R"(,"processes":[{"pid":700,"name":")" + comm + R"(","opens":[")" + open +
                            R"("]}])"));
    for (const auto& [path, text] : files) tree.write(home + "/" + path, text + "\n");
    return tree;
}

Plan plan_with(MachineTree tree) { return plan_of(std::move(tree), first_controller); }

std::string carried_texts(const Host& host) {
    std::string text;
    for (const Carried& carried : host.controllers.front().devices.front().carries)
        text += title_of(carried.role) + "|" + carried.name + "|" + carried.detail + "\n";
    return text;
}

using Files = std::vector<std::pair<std::string, std::string>>;
const std::string tape = "host9/target9:0:0/9:0:0:0/";

}  // namespace

TEST_CASE("a DVB tuner, a tape drive, a display and a watchdog are told with their nodes") {
    CHECK(carried_texts(host_of(with_files("PCTV 290e", {{"dvb/dvb0.frontend0/dev", "212:0"},
                                                         {"dvb/dvb0.demux0/dev", "212:1"}}))) ==
          "DVB tuner|adapter0|demux0, frontend0\n");
    CHECK(carried_texts(host_of(with_files("DAT72", {{tape + "scsi_tape/st0/dev", "9:0"},
                                                     {tape + "scsi_tape/nst0/dev", "9:128"},
                                                     {tape + "scsi_generic/sg1/dev", "21:1"}}))) ==
          "tape drive|st0|nst0, sg1\n");
    CHECK(carried_texts(host_of(
              with_files("DisplayLink", {{"drm/card1/dev", "226:1"},
                                         {"drm/card1/card1-HDMI-A-1/status", "connected"},
                                         {"drm/card1/card1-DVI-I-1/status", "disconnected"}}))) ==
          "display|card1|HDMI-A-1 connected\n");
    CHECK(carried_texts(host_of(with_files("Watchdog", {{"watchdog/watchdog0/dev", "245:0"},
                                                        {"watchdog/watchdog0/state", "active"},
                                                        {"watchdog/watchdog0/nowayout", "1"}}))) ==
          "watchdog|watchdog0|armed, cannot be disarmed\n");
    CHECK(
        carried_texts(host_of(with_files("Library", {{tape + "scsi_changer/sch0/dev", "86:0"},
                                                     {tape + "scsi_generic/sg2/dev", "21:2"}}))) ==
        "medium changer|sch0|sg2\n");
    // Whatever has a node is told by its class.
    MachineTree converter = with_files("ADC", {{"iio:device0/dev", "252:0"}});
    converter.link(home + "/iio:device0/subsystem", "../../../../../../../../bus/iio");
    CHECK(carried_texts(host_of(converter)) == "|iio:device0|iio\n");
    CHECK(carried_texts(host_of(with_files("FTDI", {{"gpio/gpiochip2/dev", "254:2"}}))) ==
          "|gpiochip2|gpio\n");
}

TEST_CASE("who has a node open is asked of every class") {
    const std::vector<std::pair<std::string, std::string>> nodes{
        {"dvb/dvb0.frontend0", "/dev/dvb/adapter0/frontend0"},
        {"rc/rc0/lirc0", "/dev/lirc0"},
        {"media0", "/dev/media0"},
        {"video4linux/v4l-subdev1", "/dev/v4l-subdev1"},
        {"video4linux/radio0", "/dev/radio0"},
        {"i2c-7/i2c-dev/i2c-7", "/dev/i2c-7"},
        {"gpio/gpiochip2", "/dev/gpiochip2"},
        {"sound/card1/midiC1D0", "/dev/snd/midiC1D0"},
        {"drm/card1", "/dev/dri/card1"},
        {"usbmisc/cdc-wdm0", "/dev/cdc-wdm0"},
        {"usbmisc/hiddev0", "/dev/usb/hiddev0"},
        {"input/input9/js0", "/dev/input/js0"},
        {"cec/cec0", "/dev/cec0"},
        {"ptp/ptp1", "/dev/ptp1"}};
    for (const auto& [place, node] : nodes) {
        CAPTURE(node);
        CHECK(message(plan_with(with_files("Thing", {{place + "/dev", "250:7"}}, node)),
                      "opened-by") == "program (pid 700) has Thing open: " + node);
        CHECK(find(plan_with(with_files("Thing", {{place + "/dev", "250:7"}}, "/dev/null")),
                   "opened-by") == nullptr);
    }
}

TEST_CASE("a captured node has the name that the kernel told, where it is there") {
    const Files files{{"odd/odd3/dev", "250:3"}, {"odd/odd3/uevent", "MAJOR=250\nDEVNAME=sub/odd"}};
    CHECK(has(message(plan_with(with_files("Thing", files, "/dev/sub/odd")), "opened-by"),
              "/dev/sub/odd"));
}

TEST_CASE("the display server may have inputs open, a guest and a game may not unseen") {
    const Files files{{"0003:1234:5678.0001/input/input9/event9/dev", "13:73"}};
    const auto opened = [&](const std::string& comm) {
        MachineTree tree = with_files("Pad", files, "/dev/input/event9", comm);
        tree.link(home + "/0003:1234:5678.0001/input/input9/event9/subsystem", "/sys/class/input");
        return find(plan_with(std::move(tree)), "opened-by") != nullptr;
    };
    CHECK_FALSE(opened("Xorg"));
    CHECK_FALSE(opened("systemd-logind"));
    CHECK(opened("lircd"));
    CHECK(opened("qemu-system-x86"));
}

TEST_CASE("a tape that is open needs consent, by whichever node") {
    const Files files{{tape + "scsi_tape/st0/dev", "9:0"},
                      {tape + "scsi_tape/nst0/dev", "9:128"},
                      {tape + "scsi_generic/sg1/dev", "21:1"}};
    CHECK(find(plan_with(with_files("DAT72", files)), "tape-in-use") == nullptr);
    for (const char* const node : {"/dev/nst0", "/dev/st0", "/dev/sg1"}) {
        const Plan plan = plan_with(with_files("DAT72", files, node, "bacula-sd"));
        CHECK(plan.is_refused());
        CHECK(message(plan, "tape-in-use") ==
              "tape drive st0 (DAT72) is in use, a tape may be being written: bacula-sd (pid 700) "
              "has " +
                  std::string(node) + " open");
        CHECK(find(plan, "opened-by") != nullptr);
    }
    // Without the rights to see who has it open.
    Files at_work = files;
    at_work.emplace_back(tape + "scsi_tape/st0/stats/in_flight", "1");
    at_work.emplace_back(tape + "scsi_tape/nst0/stats/in_flight", "1");
    CHECK(has(message(plan_with(with_files("DAT72", at_work)), "tape-in-use"),
              "it has not answered all commands"));
    const Files changer{{tape + "scsi_changer/sch0/dev", "86:0"},
                        {tape + "scsi_generic/sg2/dev", "21:2"}};
    CHECK(has(message(plan_with(with_files("Library", changer, "/dev/sg2", "mtx")), "tape-in-use"),
              "medium changer sch0 (Library)"));
}

TEST_CASE("an armed watchdog needs consent, whoever keeps it alive") {
    const auto files = [](const std::string& state) {
        Files made{{"watchdog/watchdog0/dev", "245:0"}};
        if (!state.empty()) made.emplace_back("watchdog/watchdog0/state", state);
        return made;
    };
    CHECK(find(plan_with(with_files("Dog", files("inactive"))), "watchdog-armed") == nullptr);
    CHECK(message(plan_with(with_files("Dog", files("active"))), "watchdog-armed") ==
          "watchdog watchdog0 (Dog) is armed: it resets the machine when the controller has gone");
    for (const char* const node : {"/dev/watchdog0", "/dev/watchdog"}) {
        const Plan plan = plan_with(with_files("Dog", files(""), node, "systemd"));
        CHECK(plan.is_refused());
        CHECK(has(message(plan, "watchdog-armed"),
                  "; systemd (pid 700) has " + std::string(node) + " open"));
    }
    CHECK(
        message(plan_with(with_files("Dog", files(""))), "watchdog-armed") ==
        "not known whether watchdog watchdog0 (Dog) is armed: the kernel does not tell its state");
}

TEST_CASE("a watchdog whose driver keeps to the old node is found by the driver") {
    MachineTree tree = with_files("PC Watchdog", {}, "/dev/watchdog", "watchdog");
    tree.link("sys/bus/usb/drivers/pcwd_usb/1-1:1.0", "/" + home);
    tree.write("sys/devices/virtual/misc/watchdog/dev", "10:130\n");
    tree.link("sys/class/misc/watchdog", "../../devices/virtual/misc/watchdog");
    CHECK(has(message(plan_with(std::move(tree)), "watchdog-armed"),
              "watchdog watchdog (PC Watchdog) is armed"));
}

TEST_CASE("a connected display leaves, one without a screen costs nothing") {
    const auto with_status = [](const std::string& status) {
        return plan_with(with_files(
            "Dock", {{"drm/card1/dev", "226:1"}, {"drm/card1/card1-DP-1/status", status}}));
    };
    CHECK(message(with_status("connected"), "connected-display") ==
          "display card1 (Dock) leaves: DP-1 connected");
    CHECK(find(with_status("disconnected"), "connected-display") == nullptr);
    CHECK(has(message(with_status("unknown"), "connected-display"),
              "DP-1 not known to be connected"));
}

TEST_CASE("a frame buffer without a card is a display, one beside a card is that card's") {
    CHECK(message(plan_with(with_files("UFX", {{"graphics/fb1/dev", "29:1"}})),
                  "connected-display") == "display fb1 (UFX) leaves: not known to be connected");
    CHECK(find(plan_with(with_files("UDL", {{"graphics/fb1/dev", "29:1"},
                                            {"drm/card1/dev", "226:1"},
                                            {"drm/card1/card1-DVI-I-1/status", "disconnected"}})),
               "connected-display") == nullptr);
}

TEST_CASE("a display of evdi belongs to the USB device that it was made for") {
    MachineTree tree = with_files("D6000", {}, "/dev/dri/card2", "Xorg");
    const std::string card = "sys/devices/platform/evdi.0/drm/card2";
    tree.write(card + "/dev", "226:2\n");
    tree.write(card + "/card2-DVI-I-1/status", "connected\n");
    tree.link("sys/class/drm/card2", "../../devices/platform/evdi.0/drm/card2");
    tree.link("sys/devices/platform/evdi.0/device", "../../pci0000:00/0000:00:14.0/usb1/1-1");
    const Plan plan = plan_with(std::move(tree));
    CHECK(message(plan, "connected-display") == "display card2 (D6000) leaves: DVI-I-1 connected");
    CHECK(message(plan, "opened-by") == "Xorg (pid 700) has D6000 open: /dev/dri/card2");
}

TEST_CASE("a device that usbip exports is told, with what is known of its client") {
    const auto exported = [](const std::string& status) {
        MachineTree tree = with_files("HASP HL", {});
        const std::string device = "sys/devices/pci0000:00/0000:00:14.0/usb1/1-1";
        tree.link(device + "/driver", "../../../../../../bus/usb/drivers/usbip-host");
        if (!status.empty()) tree.write(device + "/usbip_status", status + "\n");
        const Plan plan = plan_with(std::move(tree));
        CHECK_FALSE(plan.is_refused());
        const Finding* const found = find(plan, "usbip-exported");
        REQUIRE(found != nullptr);
        CHECK(has(found->hint, "usbip unbind --busid 1-1"));
        return found->message;
    };
    CHECK(exported("2") == "HASP HL (1-1, 1234:5678) is exported by usbip-host: a client uses it");
    CHECK(has(exported("1"), "no client uses it now"));
    CHECK(has(exported("3"), "no client uses it now"));
    CHECK(has(exported(""), "not known whether a client uses it"));
    CHECK(find(plan_with(with_files("HASP HL", {})), "usbip-exported") == nullptr);
}

TEST_CASE("a member's own nodes are asked for too, those of VFIO are not") {
    const std::string function = "sys/devices/pci0000:00/0000:00:14.0";
    MachineTree tree = two_controllers(
        R"("processes":[{"pid":9,"name":"ptp4l","opens":["/dev/ptp0","/dev/vfio0"]}])");
    tree.write(function + "/ptp/ptp0/dev", "248:0\n");
    tree.write(function + "/vfio-dev/vfio0/dev", "511:0\n");
    CHECK(message(plan_with(std::move(tree)), "opened-by") ==
          "ptp4l (pid 9) has 0000:00:14.0 open: /dev/ptp0");
}

TEST_CASE("a function with more below it than any machine has is not judged in part") {
    const MachineTree tree = with_files("Thing", {});
    for (int i = 0; i < 4200; ++i) tree.write(home + "/x/x" + std::to_string(i) + "/dev", "1:1\n");
    const auto host =
        read_host(*Root::open(tree.directory()), Scope{.everything = true, .subjects = {}});
    REQUIRE_FALSE(host.has_value());
    CHECK(has(host.error().what, "cannot look at all that hangs below 0000:00:14.0"));
}
