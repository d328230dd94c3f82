// SPDX-License-Identifier: GPL-2.0-or-later
// What of a guest's definition goes into a capture.
#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <pugixml.hpp>
#include <sstream>

#include "src/capture/captured_guest.hpp"
#include "src/guests/domain_cpus.hpp"
#include "src/guests/domain_memory.hpp"
#include "src/guests/domain_xml.hpp"

using namespace ctrlpass;

namespace {

const std::string uuid = "c7a5fdbd-cdaf-9455-926a-d65c16db1809";

std::string captured(const std::string& definition) {
    Mask mask;
    const auto text = captured_guest(mask, definition);
    REQUIRE(text.has_value());
    return *text;
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

/// Every text and every value of an attribute becomes a secret.
void spoil(pugi::xml_node node) {
    for (auto attribute : node.attributes()) attribute = "Canary";
    if (node.type() == pugi::node_pcdata) node.set_value("Canary");
    for (const auto& child : node.children()) spoil(child);
}

std::string text_of(const pugi::xml_document& document) {
    std::ostringstream stream;
    document.print(stream);
    return stream.str();
}

}  // namespace

TEST_CASE("of a guest's definition nothing goes into a capture that is not judged") {
    const std::string text = captured(
        "<domain type='kvm' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>"
        "<name>win11</name><uuid>" +
        uuid +
        "</uuid><title>secret</title><description>secret</description>"
        "<metadata><x:secret xmlns:x='secret'>secret</x:secret></metadata>"
        "<memory unit='KiB'>8388608</memory><vcpu cpuset='2-3'>4</vcpu>"
        "<sysinfo type='smbios'><system><entry name='serial'>secret</entry></system></sysinfo>"
        "<os><type machine='pc-q35-7.2'>hvm</type><loader secure='yes'>/secret</loader>"
        "<nvram>/secret</nvram></os>"
        "<launchSecurity type='sev'><session>secret</session></launchSecurity><devices>"
        "<disk type='network' device='disk'><auth username='secret'><secret uuid='secret'/></auth>"
        "<source protocol='nbd' name='secret'><host name='secret.host' port='1'/></source>"
        "<target dev='vda'/><serial>secret</serial><wwn>secret</wwn>"
        "<encryption format='luks'><secret type='passphrase' uuid='secret'/></encryption></disk>"
        "<disk type='block' device='disk'><source dev='/dev/disk/by-id/usb-secret-0:0'/></disk>"
        "<graphics type='spice' passwd='secret' listen='2001:db8::9'><listen "
        "address='2001:db8::9'/></graphics>"
        "<interface type='bridge'><mac address='52:54:00:aa:bb:cc'/><source bridge='secret'/>"
        "<script path='/secret'/></interface>"
        "<hostdev mode='subsystem' type='pci' managed='yes'><driver name='vfio'/><source>"
        "<address domain='0x0000' bus='0x01' slot='0x00' function='0x0'/></source>"
        "<alias name='ua-ctrlpass-0000-01-00-0'/><rom file='/secret' bar='off'/></hostdev>"
        "<hostdev mode='subsystem' type='usb'><source><vendor id='0x046d'/><product id='0xc52b'/>"
        "<address bus='3' device='7'/></source><alias name='ua-secret'/></hostdev>"
        "<input type='evdev'><source dev='/dev/input/by-id/usb-secret-event-kbd' "
        "grab='all'/></input>"
        "<serial type='dev'><source path='/dev/ttyUSB0'/></serial>"
        "<channel type='unix'><source mode='bind' path='/run/secret.sock'/></channel>"
        "<audio id='1' type='alsa'><input dev='hw:1,0'/><output dev='plughw:CARD=secret'/></audio>"
        "</devices><seclabel><label>secret</label></seclabel>"
        "<qemu:commandline>"
        "<qemu:arg value='-device'/><qemu:arg "
        "value='vfio-pci,host=02:00.0,id=secret,x-key=secret'/>"
        "<qemu:arg value='-device'/><qemu:arg value='{\"driver\":\"usb-host\",\"hostbus\":3,"
        "\"hostport\":\"2.1\",\"id\":\"secret\"}'/>"
        "<qemu:arg value='-object'/><qemu:arg value='secret,id=sec0,data=secret'/>"
        "<qemu:arg value='-object'/><qemu:arg value='input-linux,id=x,evdev=/dev/input/event7'/>"
        "<qemu:arg value='-vnc'/><qemu:arg value=':1,password=secret'/>"
        "<qemu:arg value='-fw_cfg'/><qemu:arg value='name=opt/secret,string=secret'/>"
        "<qemu:env name='TOKEN' value='secret'/></qemu:commandline></domain>");
    CAPTURE(text);
    CHECK_FALSE(has(text, "secret"));
    CHECK_FALSE(has(text, uuid));
    CHECK_FALSE(has(text, "52:54:00"));
    CHECK_FALSE(has(text, "2001:db8"));
    for (const char* const fact :
         {"<name>win11</name>", "<memory unit='KiB'>8388608</memory>", "cpuset='2-3'",
          "machine='pc-q35-7.2'", "protocol='nbd'", "bus='0x01'", "ua-ctrlpass-0000-01-00-0",
          "<vendor id='0x046d'", "bus='3' device='7'", "dev='/dev/input/by-id/serial",
          "path='/dev/ttyUSB0'", "dev='hw:1,0'", "value='vfio-pci,host=02:00.0'",
          "\"hostport\":\"2.1\"", "\"hostbus\":3", "value='input-linux,evdev=/dev/input/event7'"})
        CHECK_MESSAGE(has(text, fact), fact);
}

TEST_CASE("a secret in any attribute or text of a definition is not in a capture") {
    for (const auto& entry : std::filesystem::directory_iterator(TESTS_DIR "/golden/domains")) {
        if (entry.path().extension() != ".xml") continue;
        CAPTURE(entry.path().string());
        pugi::xml_document document;
        REQUIRE(document.load_file(entry.path().c_str()));
        spoil(document.document_element());
        document.document_element().remove_child("name");
        if (std::string_view(document.document_element().name()) != "domain") continue;
        CHECK_FALSE(has(captured(text_of(document)), "Canary"));
    }
}

TEST_CASE("what ctrlpass judges of a guest is the same in its captured definition") {
    std::size_t compared = 0;
    for (const auto& entry : std::filesystem::directory_iterator(TESTS_DIR "/golden/domains")) {
        if (entry.path().extension() != ".xml") continue;
        CAPTURE(entry.path().string());
        pugi::xml_document document;
        REQUIRE(document.load_file(entry.path().c_str()));
        if (std::string_view(document.document_element().name()) != "domain") continue;
        const std::string before = text_of(document);
        const std::string after = captured(before);
        CHECK(memory_in(after).value() == memory_in(before).value());
        CHECK(cpus_in(after).value() == cpus_in(before).value());
        const auto there = hostdevs_in(before);
        const auto here = hostdevs_in(after);
        REQUIRE(here.has_value());
        REQUIRE(here->size() == there->size());
        for (std::size_t i = 0; i < here->size(); ++i) {
            CHECK((*here)[i].address == (*there)[i].address);
            CHECK((*here)[i].managed == (*there)[i].managed);
            CHECK((*here)[i].ours == (*there)[i].ours);
        }
        ++compared;
    }
    CHECK(compared > 0);
}

TEST_CASE(
    "definitions of many letters, of deep elements and of none are no trouble for a capture") {
    const std::string letters(60'000, 'a');
    CHECK_FALSE(
        has(captured("<domain><name>x</name><metadata>" + letters + "</metadata><host " + "name='" +
                     letters + "'/><devices><disk type='" + letters + "'/></devices></domain>"),
            "aaaaaaaa"));
    Mask mask;
    std::string deep;
    for (int i = 0; i < 5000; ++i) deep += "<a>";
    CHECK_FALSE(captured_guest(mask, "<domain>" + deep).has_value());
    CHECK_FALSE(captured_guest(mask, "").has_value());
    CHECK_FALSE(captured_guest(mask, "<network/>").has_value());
    CHECK_FALSE(captured_guest(mask, "<domain>" + std::string(3, '\0') + "</domain>").has_value());
    const std::string nested(100'000, '[');
    CHECK_FALSE(
        has(captured(
                "<domain xmlns:q='x'><q:commandline><q:arg value='-device'/><q:arg value='{\"a\":" +
                nested + "'/></q:commandline></domain>"),
            "[["));
}
