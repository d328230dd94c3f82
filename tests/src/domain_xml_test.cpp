// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/guests/domain_xml.hpp"

#include <doctest/doctest.h>

using namespace ctrlpass;

namespace {

constexpr PciAddress function{0x0000, 0x0a, 0x00, 3};

std::string domain_with(const std::string& devices) {
    return "<domain type='qemu'><name>g</name><devices>" + devices + "</devices></domain>";
}

std::vector<DomainHostdev> hostdevs_of(const std::string& devices) {
    const auto hostdevs = hostdevs_in(domain_with(devices));
    REQUIRE(hostdevs.has_value());
    return *hostdevs;
}

std::string port(int index) {
    return "<controller type='pci' index='" + std::to_string(index) +
           "' model='pcie-root-port'><address type='pci' domain='0x0000' bus='0x00' slot='0x02' "
           "function='0x" +
           std::to_string(index) + "'/></controller>";
}

std::string device_on(int bus) {
    return "<memballoon model='virtio'><address type='pci' domain='0x0000' bus='0x0" +
           std::to_string(bus) + "' slot='0x00' function='0x0'/></memballoon>";
}

std::string nested(int depth) {
    std::string text;
    for (int i = 0; i < depth; ++i) text += "<a>";
    for (int i = 0; i < depth; ++i) text += "</a>";
    return text;
}

}  // namespace

TEST_CASE("the alias has neither colons nor dots, whatever the length of the domain") {
    CHECK(hostdev_alias(function) == "ua-ctrlpass-0000-0a-00-3");
    CHECK(hostdev_alias({0x10000, 0xe1, 0x1f, 7}) == "ua-ctrlpass-10000-e1-1f-7");
}

TEST_CASE("our hostdev is already in normal form") {
    const auto xml = hostdev_xml(function, false);
    CHECK(xml ==
          "<hostdev managed='no' mode='subsystem' type='pci'>"
          "<alias name='ua-ctrlpass-0000-0a-00-3'/><driver name='vfio'/>"
          "<source><address bus='0x0a' domain='0x0000' function='0x3' slot='0x00'/></source>"
          "</hostdev>");
    CHECK(normal_form(xml).value() == xml);
    CHECK(hostdev_xml(function, true) != xml);
}

TEST_CASE("a function in a five-digit domain is found by the address it was written with") {
    const PciAddress vmd{0x10000, 0xe1, 0x00, 0};
    const auto hostdevs = hostdevs_of(hostdev_xml(vmd, true));
    REQUIRE(hostdevs.size() == 1);
    CHECK(hostdevs[0].address == vmd);
    CHECK(hostdevs[0].ours);
    CHECK(hostdevs[0].managed);
}

TEST_CASE("the normal form of our own hostdev leaves out where it sits in the guest") {
    const auto read_back = normal_form(R"(
        <hostdev mode='subsystem' type='pci' managed='no'>
          <driver name='vfio'/>
          <source>
            <address domain='0x0' bus='10' slot='0x0' function='0x3'/>
          </source>
          <alias name='ua-ctrlpass-0000-0a-00-3'/>
          <address type='pci' domain='0x0000' bus='0x04' slot='0x00' function='0x0'/>
        </hostdev>)");
    CHECK(read_back.value() == hostdev_xml(function, false));
}

TEST_CASE("the normal form of somebody else's hostdev keeps everything") {
    const auto form = normal_form(R"(
        <hostdev type='pci' mode='subsystem' managed='yes'>
          <source><address domain='0' bus='0x0a' slot='0x00' function='0x3'/></source>
          <boot order='2'/>
          <rom bar='off' file='/roms/a&amp;b.rom'/>
          <alias name='ua-mine'/>
          <address type='pci' domain='0x0000' bus='0x4' slot='0x00' function='0x0'/>
        </hostdev>)");
    CHECK(form.value() ==
          "<hostdev managed='yes' mode='subsystem' type='pci'>"
          "<address bus='0x04' domain='0x0000' function='0x0' slot='0x00' type='pci'/>"
          "<alias name='ua-mine'/><boot order='2'/>"
          "<rom bar='off' file='/roms/a&amp;b.rom'/>"
          "<source><address bus='0x0a' domain='0x0000' function='0x3' slot='0x00'/></source>"
          "</hostdev>");
    CHECK(normal_form(*form).value() == *form);
}

TEST_CASE("the alias of another function does not make a hostdev ours") {
    const auto hostdevs = hostdevs_of(
        "<hostdev mode='subsystem' type='pci'><source><address bus='0x0b' slot='0x00'/></source>"
        "<alias name='ua-ctrlpass-0000-0a-00-3'/></hostdev>");
    REQUIRE(hostdevs.size() == 1);
    CHECK_FALSE(hostdevs[0].ours);
}

TEST_CASE("a hostdev is known by the host's address and not by the guest's") {
    const auto hostdevs = hostdevs_of(
        "<hostdev mode='subsystem' type='pci' managed='yes'>"
        "<address type='pci' domain='0x0000' bus='0x0a' slot='0x00' function='0x3'/>"
        "<source><address domain='0x0000' bus='0x41' slot='0x02' function='0x1'/></source>"
        "</hostdev>");
    REQUIRE(hostdevs.size() == 1);
    CHECK(to_string(hostdevs[0].address) == "0000:41:02.1");
    CHECK(hostdevs[0].managed);
}

TEST_CASE("addresses are read in the base they are written in, as libvirt does") {
    const auto hostdevs = hostdevs_of(
        "<hostdev mode='subsystem' type='pci'>"
        "<source><address domain='0X10' bus='022' slot='31' function='7'/></source></hostdev>");
    REQUIRE(hostdevs.size() == 1);
    CHECK(to_string(hostdevs[0].address) == "0010:12:1f.7");
}

TEST_CASE("interfaces and disks that use a function are claims on it") {
    const auto hostdevs = hostdevs_of(
        "<disk type='nvme' device='disk'><source type='pci' managed='yes' namespace='1'>"
        "<address domain='0x0000' bus='0x03' slot='0x00' function='0x0'/></source></disk>"
        "<interface type='hostdev' managed='yes'><source>"
        "<address type='pci' domain='0x0000' bus='0x05' slot='0x10' function='0x1'/></source>"
        "<mac address='52:54:00:00:00:01'/></interface>");
    REQUIRE(hostdevs.size() == 2);
    CHECK(to_string(hostdevs[0].address) == "0000:03:00.0");
    CHECK(hostdevs[0].managed);
    CHECK(hostdevs[0].xml.starts_with("<disk "));
    CHECK(to_string(hostdevs[1].address) == "0000:05:10.1");
    CHECK(hostdevs[1].xml.starts_with("<interface "));
    CHECK_FALSE(hostdevs[1].ours);
}

TEST_CASE("hostdevs that are no PCI functions are passed over") {
    CHECK(hostdevs_of("<hostdev mode='subsystem' type='usb'><source><address bus='1' device='2'/>"
                      "</source></hostdev>"
                      "<hostdev mode='subsystem' type='mdev' model='vfio-pci'><source>"
                      "<address uuid='c2177883-f1bb-47f0-914d-32a22e3a8804'/></source></hostdev>"
                      "<hostdev mode='capabilities' type='misc'><source/></hostdev>"
                      "<interface type='network'><source network='default'/></interface>"
                      "<disk type='file'><source file='/x'/></disk>")
              .empty());
    CHECK(hostdevs_in("<domain><name>bare</name></domain>").value().empty());
}

TEST_CASE("a hostdev whose address cannot be understood is an error and not passed over") {
    for (const char* address :
         {"", "<address/>", "<address bus='0x100' slot='0'/>", "<address bus='0x1' slot='0x20'/>",
          "<address bus='0x1' slot='0' function='8'/>", "<address bus='-1' slot='0'/>",
          "<address bus='09' slot='0'/>", "<address bus='0x1 ' slot='0'/>",
          "<address type='ccw' bus='0x1' slot='0'/>"}) {
        CAPTURE(address);
        const auto hostdevs =
            hostdevs_in(domain_with("<hostdev mode='subsystem' type='pci'><source>" +
                                    std::string(address) + "</source></hostdev>"));
        CHECK_FALSE(hostdevs.has_value());
    }
}

TEST_CASE("malformed XML is an error") {
    using namespace std::string_literals;
    const std::vector texts{""s,
                            "  "s,
                            "no xml"s,
                            "<domain>"s,
                            "<domain></domain"s,
                            "<domain><devices></domain>"s,
                            "<domain/><domain/>"s,
                            "<domain/>more"s,
                            "<domain/>\0<domain/>"s,
                            "<hostdev mode=>"s,
                            "<\xff\xfe>"s,
                            nested(100)};
    for (const auto& text : texts) {
        CAPTURE(text);
        CHECK_FALSE(hostdevs_in(text).has_value());
        CHECK_FALSE(normal_form(text).has_value());
        CHECK_FALSE(tidied(text, domain_with("")).has_value());
        CHECK_FALSE(tidied(domain_with(""), text).has_value());
    }
}

TEST_CASE("XML of another kind is no domain") {
    CHECK(hostdevs_in("<domain><a slot='1' slot='2'/></domain>").error().where ==
          "an attribute is there twice");
    CHECK(hostdevs_in("<network/>").error().where == "it is a <network>, not a <domain>");
}

TEST_CASE("a hundred thousand nested elements are refused and do not fell us") {
    CHECK_FALSE(normal_form(nested(100'000)).has_value());
}

TEST_CASE("entities are not expanded") {
    const auto form = normal_form(
        "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><hostdev name='&x;'>&x;</hostdev>");
    REQUIRE(form.has_value());
    CHECK(*form == "<hostdev name='&amp;x;'>&amp;x;</hostdev>");
}

TEST_CASE("text that looks like markup stays text") {
    const auto form = normal_form("<hostdev name='&apos;/&gt;&lt;evil/&gt;'>a&lt;b</hostdev>");
    REQUIRE(form.has_value());
    CHECK(normal_form(*form).value() == *form);
    CHECK(form->find("<evil") == std::string::npos);
}

TEST_CASE("a definition that is as it was is left alone") {
    const auto xml = domain_with(port(1) + device_on(1));
    CHECK_FALSE(tidied(xml, xml).value().has_value());
}

TEST_CASE("a definition that lost what does not count becomes the original to the last byte") {
    const std::string original =
        "<domain type='qemu'><metadata><!-- mine --></metadata>\n<devices/></domain>";
    CHECK(tidied("<domain type='qemu'><metadata/><devices/></domain>", original).value() ==
          original);
}

TEST_CASE("an added port that is empty goes, and the definition is exactly the original") {
    const auto original = "<!-- as it was -->" + domain_with(port(1) + device_on(1));
    const auto current = domain_with(port(1) + port(2) + port(3) + device_on(1));
    CHECK(tidied(current, original).value() == original);
}

TEST_CASE("ports of the original stay, empty or not") {
    const auto original = domain_with(port(1) + port(2) + device_on(1));
    CHECK_FALSE(tidied(original, original).value().has_value());
}

TEST_CASE("an added port that somebody else's device sits on stays") {
    const auto original = domain_with(port(1));
    const auto current = domain_with(port(1) + port(2) + device_on(2));
    CHECK_FALSE(tidied(current, original).value().has_value());
}

TEST_CASE("an added port below one in use stays, since libvirt fills gaps again") {
    const auto original = domain_with(port(1));
    const auto current = domain_with(port(1) + port(2) + port(3) + device_on(3));
    CHECK_FALSE(tidied(current, original).value().has_value());
}

TEST_CASE("what else was changed meanwhile stays when our ports go") {
    const auto original = domain_with(port(1));
    const auto current = domain_with(port(1) + "<sound model='ich9'/>" + port(2));
    const auto result = tidied(current, original).value();
    REQUIRE(result.has_value());
    CHECK(is_same_definition(*result, domain_with(port(1) + "<sound model='ich9'/>")).value());
}

TEST_CASE("a bridge that hangs on an added port takes the port with it") {
    const auto original = domain_with(port(1));
    const auto current = domain_with(
        port(1) + port(2) +
        "<controller type='pci' index='3' model='pcie-to-pci-bridge'>"
        "<address type='pci' domain='0x0000' bus='0x02' slot='0x00' function='0x0'/></controller>");
    CHECK(tidied(current, original).value() == original);
}

TEST_CASE("controllers that are no bridges are never taken away") {
    const auto original = domain_with("<controller type='pci' index='0' model='pcie-root'/>");
    const auto current = domain_with(
        "<controller type='pci' index='0' model='pcie-root'/><controller type='usb' index='7'/>"
        "<controller type='pci' index='1' model='pcie-expander-bus'/>");
    CHECK_FALSE(tidied(current, original).value().has_value());
}

TEST_CASE("hostdevs that were put back stand last, and the original order returns") {
    const std::string one = "<hostdev mode='subsystem' type='pci'><alias name='ua-1'/></hostdev>";
    const std::string two = "<hostdev mode='subsystem' type='pci'><alias name='ua-2'/></hostdev>";
    CHECK(tidied(domain_with(two + one), domain_with(one + two)).value() == domain_with(one + two));
    CHECK_FALSE(is_same_definition(domain_with(one), domain_with(one + two)).value());
}

TEST_CASE("a device with a boot order takes the place of the boot element that libvirt wrote") {
    const std::string definition =
        "<domain><os><type>hvm</type><boot dev='hd'/></os><devices/></domain>";
    const std::string device = "<hostdev type='pci'><boot order='1'/></hostdev>";
    const auto whole = with_boot_device(definition, device).value();
    REQUIRE(whole.has_value());
    CHECK(is_same_definition(
              *whole, "<domain><os><type>hvm</type></os><devices>" + device + "</devices></domain>")
              .value());
    CHECK_FALSE(with_boot_device(*whole, device).value().has_value());
    CHECK_FALSE(with_boot_device(definition, hostdev_xml(function, true)).value().has_value());
}
