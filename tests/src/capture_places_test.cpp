// SPDX-License-Identifier: GPL-2.0-or-later
// Tables, services and guests' files in a capture: what is judged survives, a secret does not.
#include <doctest/doctest.h>

#include "iommu/target_tables.hpp"
#include "src/capture/captured_guest.hpp"
#include "src/capture/mask.hpp"
#include "src/guests/definition_names.hpp"
#include "src/guests/proxmox_files.hpp"

using namespace ctrlpass;

namespace {

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

std::string kept(const std::string& path, const std::string& text) {
    Mask mask;
    const auto content = mask.content(path, text);
    REQUIRE_MESSAGE(content.has_value(), path);
    CHECK_MESSAGE(!has(*content, "anary"), *content);
    return *content;
}

std::vector<std::string> things_in(const std::string& definition) {
    std::vector<std::string> things;
    const auto named = named_in(definition);
    REQUIRE(named.has_value());
    for (const Named& one : *named) things.push_back(one.what);
    return things;
}

}  // namespace

TEST_CASE("tables of targets, logins and hashes keep their devices and lines in a capture") {
    const auto stores = saved_stores(
        kept("etc/target/saveconfig.json",
             "{\n\"storage_objects\": [{\"dev\": \"/dev/sdb1\",\n\"name\": \"Canary\"}],\n"
             "\"chap_password\": \"Canary\", \"userid\": \"Canary\"}"));
    REQUIRE(stores.size() == 1);
    CHECK(stores.front().line == 2);
    CHECK(stores.front().text == "/dev/sdb1");
    const auto volumes = pam_volumes(
        kept("etc/security/pam_mount.conf.xml",
             "<x>\n<volume user='Canary' path=\"/dev/sdb1\" mountpoint='/Canary' options='Canary'/>"
             "<!-- Canary --></x>"));
    REQUIRE(volumes.size() == 1);
    CHECK(volumes.front().line == 2);
    CHECK(volumes.front().text == "/dev/sdb1");
    CHECK(has(kept("etc/tgt/targets.conf",
                   "<target iqn.Canary>\nbacking-store /dev/sdb1\nincominguser Canary Canary\n"),
              "\nbacking-store /dev/sdb1\n"));
    CHECK(has(kept("etc/veritytab", "Canary /dev/sdb1 /dev/sdb2 Canary x,fec-device=/dev/sdc\n"),
              " /dev/sdb1 /dev/sdb2 - fec-device=/dev/sdc"));
    CHECK(has(kept("etc/integritytab", "Canary /dev/sdb1 /Canary data-device=/dev/sdc\n"),
              "data-device=/dev/sdc"));
}

TEST_CASE("boot entries and services keep their devices in a capture") {
    CHECK(has(kept("boot/grub/grub.cfg",
                   "password Canary\n\tlinux\t/Canary root=/dev/sda1 secret=Canary\n"),
              "root=/dev/sda1"));
    CHECK(kept("boot/loader/entries/a.conf", "title Canary\noptions root=/dev/sda1\n") ==
          "\noptions root=/dev/sda1\n");
    const std::string unit =
        kept("etc/systemd/system/x.service",
             "[Unit]\nBindsTo=dev-sdb1.device\n[Service]\nExecStart=/bin/mount -o pass=Canary "
             "/dev/sdb1 /Canary\nExecStop=/bin/sh -c 'x LABEL=Canary'\n");
    CHECK(has(unit, "BindsTo=dev-sdb1.device\n"));
    CHECK(has(unit, "/dev/sdb1"));
    CHECK(has(unit, "LABEL="));
}

TEST_CASE("a Proxmox guest keeps what it names of the host in a capture") {
    const std::string text =
        kept("etc/pve/qemu-server/101.conf",
             "#Canary\nname: Canary\nhostpci0: 0000:03:00.0;03:00.1,pcie=1\nusb0: host=1-2,usb3=1\n"
             "cipassword: Canary\nscsi0: /dev/sdb,serial=Canary\n"
             "args: -device vfio-pci,host=02:00.0,x=Canary -vnc :1,password=Canary\n[snap]\n");
    const Domain guest = proxmox_guest("101", text);
    CHECK(guest.defined.size() == 2);
    REQUIRE(guest.named.size() == 3);
    CHECK(guest.named[0].what == "USB device at port 2 of bus 1");
    CHECK(guest.named[1].what == "/dev/sdb");
    CHECK(guest.named[2].what == "0000:02:00.0");
}

TEST_CASE("whatever a definition names by QEMU's words or below /dev survives a capture") {
    const std::string definition =
        "<domain xmlns:q='x'><name>one</name><os><kernel>/dev/sdk</kernel></os><devices>"
        "<shmem name='Canary'><server path='/dev/sdm'/></shmem>"
        "<disk type='block'><source dev='/dev/sdb'><reservations><source path='/dev/sdn'/>"
        "</reservations></source></disk></devices><q:commandline>"
        "<q:arg value='-set'/><q:arg value='device.Canary.host=02:00.0'/>"
        "<q:arg value='-global'/><q:arg value='vfio-pci.host=03:00.0'/>"
        "<q:arg value='-readconfig'/><q:arg value='/etc/Canary.cfg'/>"
        "<q:arg value='-blockdev'/><q:arg value='{\"driver\":\"raw\",\"node-name\":\"Canary\","
        "\"file\":{\"driver\":\"host_device\",\"filename\":\"/dev/sde\"}}'/>"
        "<q:arg value='-blockdev'/><q:arg value='driver=nvme,device=0000:04:00.0,namespace=1'/>"
        "<q:arg value='-cdrom'/><q:arg value='/dev/sr0'/>"
        "<q:arg value='-Canary'/><q:arg value='x=/dev/sdo'/>"
        "<q:arg value='-drive'/><q:arg value='file.filename=/dev/sdf,id=Canary'/>"
        "<q:env name='QEMU_ALSA_DAC_DEV' value='hw:1'/><q:env name='CANARY' value='/dev/dsp1'/>"
        "<q:env name='TOKEN' value='Canary'/></q:commandline></domain>";
    Mask mask;
    const auto copy = captured_guest(mask, definition);
    REQUIRE(copy.has_value());
    CHECK_MESSAGE(!has(*copy, "anary"), *copy);
    CHECK_MESSAGE(!has(*copy, "CANARY"), *copy);
    auto there = things_in(definition);
    auto here = things_in(*copy);
    for (auto* const things : {&there, &here}) {
        for (std::string& thing : *things)
            if (thing.starts_with("-readconfig")) thing = "-readconfig";
        std::ranges::sort(*things);
    }
    CHECK_MESSAGE(here == there, *copy);
}
