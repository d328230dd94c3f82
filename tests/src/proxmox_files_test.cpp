// SPDX-License-Identifier: GPL-2.0-or-later
// Guests of Proxmox VE by their files, and what cannot be read of any definition.
#include "src/guests/proxmox_files.hpp"

#include "src/guests/definition_files.hpp"
#include "src/plan/gather.hpp"
#include "tests/support/small_scene.hpp"
#include "tests/support/temp_tree.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;

namespace {

std::vector<std::string> functions_of(const std::string& text) {
    std::vector<std::string> functions;
    for (const DomainHostdev& hostdev : proxmox_guest("101", text).defined)
        functions.push_back(to_string(hostdev.address));
    return functions;
}

std::vector<std::string> things_of(const std::string& text) {
    std::vector<std::string> things;
    for (const Named& named : proxmox_guest("101", text).named)
        things.push_back(named.how + " " + named.what);
    return things;
}

using Texts = std::vector<std::string>;

/// What a plan says of a controller without a guest of its own, with this file beside.
std::string said(const std::string& path, const std::string& text, const std::string& code,
                 const std::string& vm = "") {
    const Scene scene = small_scene();
    scene.tree().write(path, text);
    const Root root = scene.root();
    auto facts = gather_facts(root, {small_profile("", vm)}, {}, nullptr);
    REQUIRE_MESSAGE(facts.has_value(), facts.error().what);
    return message(make_plan(*facts), code);
}

}  // namespace

TEST_CASE("functions of a Proxmox guest are known in every spelling of hostpci") {
    CHECK(functions_of("hostpci0: 0000:03:00.0;03:00.1,pcie=1\n") ==
          Texts{"0000:03:00.0", "0000:03:00.1"});
    CHECK(functions_of("cores: 4\nhostpci12: pcie=1,host=03:00.0,x-vga=1\n") ==
          Texts{"0000:03:00.0"});
    CHECK(functions_of("hostpci0: 03:00,pcie=1\n").size() == 8);
    CHECK(functions_of("# hostpci0: 03:00.0\n[snap]\nhostpci0: 03:00.0\n").empty());
    CHECK(functions_of("hostpci0: mapping=usb\nhostpci1: x\n").empty());
}

TEST_CASE("USB devices, disks, ports and arguments of a Proxmox guest are named") {
    CHECK(things_of(
              "usb0: host=1-2.1,usb3=1\nusb1: host=1d6b:0002\nusb2: spice\n"
              "scsi0: /dev/disk/by-id/usb-S-0:0,size=8G\nsata1: file=/dev/sdb,size=1G\n"
              "scsi1: local-lvm:vm-101-disk-0\nserial0: /dev/ttyUSB0\nserial1: socket\n"
              "rng0: source=/dev/hwrng\n"
              "args: -device vfio-pci,host=02:00.0 -device 'usb-host,hostbus=1,hostport=3'\n") ==
          Texts{"usb0 USB device at port 2.1 of bus 1", "usb1 USB device 1d6b:0002",
                "scsi0 /dev/disk/by-id/usb-S-0:0", "sata1 /dev/sdb", "serial0 /dev/ttyUSB0",
                "rng0 /dev/hwrng", "args: -device vfio-pci,host=02:00.0 0000:02:00.0",
                "args: -device usb-host,hostbus=1,hostport=3 USB device at port 3 of bus 1"});
    CHECK(proxmox_guest("101", "usb0: mapping=stick\n").named.front().is_anything());
}

TEST_CASE("a Proxmox guest with the function is told with its number and its own command") {
    const std::string path = "etc/pve/qemu-server/101.conf";
    const std::string text = "hostpci0: 0000:00:14.0,pcie=1\n";
    CHECK(has(said(path, text, "named-by-domain"),
              "the definition of 101 (Proxmox VE) names 0000:00:14.0 (a hostdev)"));
    CHECK(has(said(path, text, "claimed-by-domain", "[vm]\nname = \"win11\"\n"),
              "the definition of 101 (Proxmox VE) names 0000:00:14.0 too"));
    CHECK(has(said(path, "usb0: mapping=x\n", "not-known"), "the definition of 101"));
    CHECK(said(path, "hostpci0: 0000:00:15.0\n", "named-by-domain").empty());
    CHECK(edit_command({"Proxmox VE", "101", "101"}) == "qm config 101");
}

TEST_CASE("a profile without a guest is told who has its function in any form") {
    const auto definition = [](const std::string& devices, const std::string& more = "") {
        return said("etc/libvirt/qemu/one.xml",
                    "<domain><name>one</name><uuid>c7a5fdbd-cdaf-9455-926a-d65c16db1809</uuid>"
                    "<devices>" +
                        devices + "</devices>" + more + "</domain>",
                    "named-by-domain");
    };
    const std::string source =
        "<source><address domain='0' bus='0' slot='0x14' function='0'/></source>";
    CHECK(has(
        definition("<hostdev mode='subsystem' type='pci' managed='yes'>" + source + "</hostdev>"),
        "(a hostdev with managed='yes')"));
    const std::string nvme =
        "<source type='pci' managed='yes' namespace='1'><address domain='0' bus='0' slot='0x14' "
        "function='0'/></source>";
    CHECK(has(definition("<disk type='nvme' device='disk'>" + nvme + "</disk>"),
              "(a hostdev with managed='yes')"));
    CHECK(has(definition("",
                         "<q:commandline><q:arg value='-device'/><q:arg "
                         "value='vfio-pci,host=00:14.0'/></q:commandline>"),
              "vfio-pci,host=00:14.0"));
    CHECK(has(definition("",
                         "<q:commandline><q:arg value='-blockdev'/><q:arg "
                         "value='driver=nvme,device=0000:00:14.0,namespace=1'/>"
                         "</q:commandline>"),
              "driver=nvme,device=0000:00:14.0"));
    CHECK(definition("").empty());
}

TEST_CASE("what is not read of a definition is said and names the guest") {
    CHECK(has(said("etc/libvirt/qemu/one.xml",
                   "<domain><name>one</name><q:commandline><q:arg value='-readconfig'/><q:arg "
                   "value='/etc/qemu/one.cfg'/></q:commandline></domain>",
                   "not-known"),
              "the definition of one (qemu:///system)"));
    CHECK(has(said("etc/libvirt/qemu/broken.xml", "<domain><name>x</nam", "not-known"),
              "the definition of broken"));
    CHECK(
        said("etc/libvirt/qemu/one.xml", "<domain><name>one</name></domain>", "not-known").empty());
}
