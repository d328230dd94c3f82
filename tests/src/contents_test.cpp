// SPDX-License-Identifier: GPL-2.0-or-later
// Guests whose definitions name what hangs on a controller, or the controller itself otherwise than
// by a hostdev.
#include "src/guests/definition_files.hpp"
#include "src/plan/gather.hpp"
#include "tests/support/small_scene.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;

namespace {

const std::string vm = "[vm]\nname = \"win11\"\n";

/// A receiver with a keyboard, a stick, a headset and a serial adapter on the first controller, a
/// stick of another id on the second; files and links beside.
Scene desk() {
    return small_scene("", R"(,"usb":[{"controller":"0000:00:14.0","devices":[
        {"port":"1-1","id":"046d:c52b","devnum":4,"product":"Receiver","interfaces":[{"class":"03",
         "carries":[{"kind":"input","name":"input7","label":"Receiver","keyboard":true}]}]},
        {"port":"1-2","id":"0781:5567","devnum":5,"product":"Stick","interfaces":[{"class":"08",
         "carries":[{"kind":"disk","name":"sdb","dev":"8:16",
                     "links":["disk/by-id/usb-Stick"],
                     "partitions":[{"name":"sdb1","dev":"8:17"}]}]}]},
        {"port":"1-3","id":"0d8c:0014","devnum":6,"product":"Headset","interfaces":[{"class":"01",
         "carries":[{"kind":"sound","name":"card1","id":"Headset",
                     "nodes":{"pcmC1D0p":"116:9"}}]}]},
        {"port":"1-4","id":"1a86:7523","devnum":7,"product":"Serial","interfaces":[{"class":"ff",
         "carries":[{"kind":"serial","name":"ttyUSB0","dev":"188:0"}]}]}]},
        {"controller":"0000:00:15.0","devices":[
        {"port":"2-1","id":"0951:1666","devnum":2,"product":"Other","interfaces":[{"class":"08",
         "carries":[{"kind":"disk","name":"sdc","dev":"8:32"}]}]}]}],
        "inputs":[{"name":"input1","label":"Desk","keyboard":true}],
        "links":{"dev/serial/by-id/usb-Serial":"../../ttyUSB0",
            "sys/bus/scsi/devices/6:0:0:0":"../../../devices/pci0000:00/0000:00:14.0/usb1/1-2/1-2:1.0/host6/target6:0:0/6:0:0:0"})");
}

std::string arguments(const std::vector<std::string>& words) {
    std::string text = "<qemu:commandline>";
    for (const std::string& word : words) text += "<qemu:arg value='" + word + "'/>";
    return text + "</qemu:commandline>";
}

/// What is said when `other` has these devices beside the profile's win11.
std::string said(const std::string& devices, const std::string& more = "") {
    Scene scene = desk();
    scene.domains().add("win11");
    scene.domains().add("other", devices, more);
    return message(scene.plan({small_profile("", vm)}), "used-by-domain");
}

}  // namespace

TEST_CASE("a USB hostdev of another guest that hangs on the controller needs consent") {
    for (const char* const source :
         {"<vendor id='0x046d'/><product id='0xc52b'/>", "<address bus='1' device='4'/>",
          "<address bus='1' port='1'/>"}) {
        const std::string text = said("<hostdev mode='subsystem' type='usb'><source>" +
                                      std::string(source) + "</source></hostdev>");
        CHECK_MESSAGE(has(text,
                          "the definition of other (qemu:///system) names what hangs on "
                          "0000:00:14.0: Receiver, USB device "),
                      source);
        CHECK_MESSAGE(has(text, "other does not start without it"), source);
    }
    Scene scene = desk();
    scene.domains().add("win11");
    scene.domains().add("other",
                        "<hostdev mode='subsystem' type='usb'><source><vendor id='0x046d'/>"
                        "<product id='0xc52b'/></source></hostdev>");
    const std::string keyboard = "allow = [\"used-by-domain\"]\n";
    CHECK(scene.plan({small_profile("", vm)}).is_refused());
    CHECK_FALSE(scene.plan({small_profile(keyboard, vm)}).is_refused());
    CHECK(has(hint(scene.plan({small_profile("", vm)}), "used-by-domain"), "virsh edit other"));
}

TEST_CASE("the profile's own guest misses at its start what it was given one by one before") {
    Scene scene = desk();
    scene.domains().add("win11",
                        "<hostdev mode='subsystem' type='usb'><source startupPolicy='optional'>"
                        "<vendor id='0x046d'/><product id='0xc52b'/></source></hostdev>"
                        "<input type='evdev'><source dev='/dev/input/input7'/></input>");
    const Plan plan = scene.plan({small_profile("", vm)});
    CHECK(has(message(plan, "used-by-domain"), "the definition of win11"));
    CHECK(std::ranges::count(plan.findings, "used-by-domain", &Finding::code) == 2);
    CHECK(has(message(plan, "used-by-domain"), "win11 starts without it"));
}

TEST_CASE("disks, serial ports, cards and arguments of a guest are found by every name they have") {
    for (const char* const device :
         {"<disk type='block'><source dev='/dev/sdb'/><target dev='vda'/></disk>",
          "<disk type='block'><source dev='/dev/disk/by-id/usb-Stick'/></disk>",
          "<disk type='file'><source file='/dev/sdb1'/></disk>",
          "<serial type='dev'><source path='/dev/ttyUSB0'/></serial>",
          "<parallel type='dev'><source path='/dev/serial/by-id/usb-Serial'/></parallel>",
          "<audio id='1' type='alsa'><output dev='plughw:CARD=Headset,DEV=0'/></audio>",
          "<audio id='1' type='alsa'><output dev='hw:1'/></audio>",
          "<hostdev mode='subsystem' type='scsi'><source><adapter name='scsi_host6'/>"
          "<address bus='0' target='0' unit='0'/></source></hostdev>"}) {
        CHECK_MESSAGE(has(said(device), "names what hangs on 0000:00:14.0"), device);
    }
    for (const auto& words : std::vector<std::vector<std::string>>{
             {"-device", "usb-host,hostbus=1,hostaddr=5"},
             {"-device", "usb-host,hostbus=1,hostport=3"},
             {"-device", "usb-host,vendorid=0x1a86,productid=29987"},
             {"-device", "usb-host,hostdevice=/dev/bus/usb/001/004"},
             {"-usbdevice", "host:0781:5567"},
             {"-drive", "file=/dev/sdb,format=raw"},
             {"-chardev", "serial,id=s,path=/dev/ttyUSB0"},
             {"-object", "input-linux,id=k,evdev=/dev/input/input7"},
             {"-audiodev", "alsa,id=a,out.dev=hw:1"}})
        CHECK_MESSAGE(has(said("", arguments(words)), "names what hangs on 0000:00:14.0"),
                      words[1]);
}

TEST_CASE("what hangs elsewhere, nowhere, or is the guest's own is no finding") {
    for (const char* const device :
         {"<hostdev mode='subsystem' type='usb'><source><vendor id='0x0951'/><product id='0x1666'/>"
          "</source></hostdev>",
          "<hostdev mode='subsystem' type='usb'><source><vendor id='0x1234'/><product id='0x1'/>"
          "</source></hostdev>",
          "<disk type='block'><source dev='/dev/sdc'/></disk>",
          "<disk type='block'><source dev='/dev/sdz'/></disk>",
          "<disk type='file'><source file='/var/lib/sdb'/><target dev='sdb'/></disk>",
          "<audio id='1' type='alsa'><output dev='hw:0'/></audio>",
          "<serial type='pty'><source path='/dev/pts/1'/></serial>"})
        CHECK_MESSAGE(said(device).empty(), device);
}

TEST_CASE("where another device fits as well, that is said") {
    CHECK(has(said("", arguments({"-device", "usb-host"})), "another device that fits stays"));
}

TEST_CASE("a function in another guest's qemu:commandline needs consent") {
    for (const char* const value :
         {"vfio-pci,host=00:14.0,multifunction=on", "vfio-pci,host=0000:00:14.0",
          "{&quot;driver&quot;:&quot;vfio-pci&quot;,&quot;host&quot;:&quot;00:14.0&quot;}"}) {
        Scene scene = small_scene();
        scene.domains().add("win11");
        scene.domains().add("oldwin", "", arguments({"-device", value}));
        const Plan plan = scene.plan({small_profile("", vm)});
        CHECK_MESSAGE(has(message(plan, "claimed-by-domain"),
                          "the definition of oldwin (qemu:///system) names 0000:00:14.0 too "
                          "(qemu:commandline, -device "),
                      value);
        CHECK(plan.is_refused());
        CHECK_FALSE(
            scene.plan({small_profile("allow = [\"claimed-by-domain\"]\n", vm)}).is_refused());
    }
    Scene scene = small_scene();
    scene.domains().add("win11");
    scene.domains().add("oldwin", "", arguments({"-device", "vfio-pci,host=00:15.0"}));
    CHECK(find(scene.plan({small_profile("", vm)}), "claimed-by-domain") == nullptr);
}

TEST_CASE("the profile's own guest would get a function of its arguments twice") {
    Scene scene = small_scene();
    scene.domains().add("win11", "", arguments({"-device", "vfio-pci,host=00:14.0"}));
    const Plan plan = scene.plan({small_profile("", vm)});
    CHECK(has(message(plan, "claimed-by-domain"),
              "win11 has 0000:00:14.0 already (qemu:commandline, -device vfio-pci,host=00:14.0): "
              "it would get the function twice and not start"));
    CHECK(has(hint(plan, "claimed-by-domain"), "virsh edit win11"));
}

TEST_CASE("without a domain to talk to, libvirt's own files tell what its guests name") {
    const std::string file =
        "<!--\nWARNING: THIS IS AN AUTO-GENERATED FILE\n-->\n<domain type='kvm'>\n"
        "  <name>backup</name>\n  <uuid>1</uuid>\n  <devices>\n    <disk type='block'>"
        "<source dev='/dev/disk/by-id/usb-Stick'/></disk>\n  </devices>\n</domain>\n";
    for (const char* const folder : {"etc/libvirt/qemu/", "guests/"}) {
        const Scene scene = desk();
        scene.tree().write(std::string(folder) + "backup.xml", file);
        scene.tree().write(std::string(folder) + "broken.xml", "<domain>");
        const auto facts = gather_facts(scene.root(), {small_profile()}, {}, nullptr);
        REQUIRE(facts.has_value());
        CHECK(has(message(make_plan(*facts), "used-by-domain"),
                  "the definition of backup (qemu:///system) names what hangs on 0000:00:14.0: "
                  "Stick, /dev/disk/by-id/usb-Stick (<disk type='block'>): backup does not start"));
    }
}

TEST_CASE("of a captured machine its definitions tell who else has the function") {
    const Scene scene = small_scene();
    const auto write = [&](const std::string& name, const std::string& devices,
                           const std::string& more) {
        scene.tree().write("guests/" + name + ".xml",
                           "<domain type='kvm'><name>" + name + "</name><uuid>" + name +
                               "</uuid><devices>" + devices + "</devices>" + more + "</domain>");
    };
    write("studio",
          "<hostdev mode='subsystem' type='pci' managed='yes'><source><address domain='0' bus='0' "
          "slot='20' function='0'/></source></hostdev>",
          "");
    write("win11", "", arguments({"-device", "vfio-pci,host=00:14.0"}));
    const auto facts = gather_facts(scene.root(), {small_profile("", vm)}, {}, nullptr);
    REQUIRE(facts.has_value());
    const Plan plan = make_plan(*facts);
    CHECK(std::ranges::count(plan.findings, "claimed-by-domain", &Finding::code) == 2);
    CHECK(
        has(message(plan, "claimed-by-domain"), "studio (qemu:///system) names 0000:00:14.0 too"));
}
