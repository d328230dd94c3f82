// SPDX-License-Identifier: GPL-2.0-or-later
#include "libvirt_embed.hpp"

#include <doctest/doctest.h>

#include "golden_guest.hpp"
#include "src/guests/domain_xml.hpp"

using namespace ctrlpass;

namespace {

constexpr PciAddress usb{0x0000, 0x0a, 0x00, 3};
constexpr PciAddress second{0x0000, 0x0b, 0x00, 0};

class Guest : public GoldenGuest {
  public:
    using GoldenGuest::GoldenGuest;
    std::optional<std::string> hostdev(const PciAddress& address) const {
        const auto xml = host().hostdev(ref(), address);
        REQUIRE_MESSAGE(xml.has_value(), xml.error().where);
        return *xml;
    }
    void set(const PciAddress& address, const std::optional<std::string>& xml) const {
        const auto result = host().set_hostdev(ref(), address, xml);
        CHECK_MESSAGE(result.has_value(), result.error().where);
    }
};

void give_and_take_back(EmbeddedLibvirt& libvirt, const std::string& name,
                        const std::vector<PciAddress>& addresses) {
    CAPTURE(name);
    Guest guest(libvirt, name);
    const auto before = guest.definition();
    check_golden(name + ".before", before);

    std::vector<std::optional<std::string>> origins;
    for (const auto& address : addresses) {
        origins.push_back(guest.hostdev(address));
        guest.set(address, hostdev_xml(address, false));
        CHECK(guest.hostdev(address) == hostdev_xml(address, false));
    }
    const auto after = guest.definition();
    check_golden(name + ".after", after);
    for (const auto& address : addresses) guest.set(address, hostdev_xml(address, false));
    CHECK(guest.definition() == after);

    for (std::size_t i = addresses.size(); i-- > 0;) {
        guest.set(addresses[i], origins[i]);
        CHECK(guest.hostdev(addresses[i]) == origins[i]);
    }
    guest.tidy(before);
    CHECK(guest.definition() == before);
    CHECK(before.find("passwd='secret'") != std::string::npos);
}

constexpr auto by_hand =
    "<interface type='user'><mac address='52:54:00:00:00:99'/><model type='virtio'/></interface>";

}  // namespace

TEST_CASE("given and taken back, a definition is what it was to the last byte") {
    auto* const libvirt = EmbeddedLibvirt::shared();
    if (!libvirt) return;
    give_and_take_back(*libvirt, "pc-one", {usb});
    give_and_take_back(*libvirt, "pc-two", {usb, second});
    give_and_take_back(*libvirt, "q35-one", {usb});
    give_and_take_back(*libvirt, "q35-two", {usb, second});
    give_and_take_back(*libvirt, "q35-foreign", {usb, second});
}

TEST_CASE("what somebody changed meanwhile stays, our devices and empty ports go") {
    auto* const libvirt = EmbeddedLibvirt::shared();
    if (!libvirt) return;
    Guest guest(*libvirt, "q35-two");
    const auto original = guest.definition();
    guest.set(usb, hostdev_xml(usb, false));
    libvirt->attach_by_hand(guest.ref(), by_hand);
    const auto with_nic = guest.definition();
    guest.set(second, hostdev_xml(second, true));
    CHECK(guest.definition() != with_nic);
    guest.set(second, std::nullopt);
    guest.set(usb, std::nullopt);
    guest.tidy(original);
    const auto left = guest.definition();
    CHECK(left.find("52:54:00:00:00:99") != std::string::npos);
    CHECK(left.find("<hostdev") == std::string::npos);
    CHECK(left.find("passwd='secret'") != std::string::npos);
    CHECK(left.find("controller type='pci' index='6'") == std::string::npos);
    guest.tidy(original);
    CHECK(guest.definition() == left);
}

TEST_CASE("only managed differs, and the hostdev is exchanged") {
    auto* const libvirt = EmbeddedLibvirt::shared();
    if (!libvirt) return;
    Guest guest(*libvirt, "q35-one");
    guest.set(usb, hostdev_xml(usb, false));
    guest.set(usb, hostdev_xml(usb, true));
    CHECK(guest.hostdev(usb) == hostdev_xml(usb, true));
}

TEST_CASE("a running guest keeps its devices, its next start has the new ones") {
    auto* const libvirt = EmbeddedLibvirt::shared();
    if (!libvirt) return;
    Guest guest(*libvirt, "q35-one");
    const auto before = guest.definition();
    libvirt->start(guest.ref());
    guest.set(usb, hostdev_xml(usb, false));
    const auto domain = described(*libvirt, guest.ref());
    CHECK(domain.running);
    CHECK(domain.persistent);
    CHECK(domain.live.empty());
    REQUIRE(domain.defined.size() == 1);
    CHECK(domain.defined[0] == DomainHostdev{usb, false, true, hostdev_xml(usb, false)});
    guest.set(usb, std::nullopt);
    guest.tidy(before);
    CHECK(guest.definition() == before);
    libvirt->destroy(guest.ref());
    CHECK_FALSE(described(*libvirt, guest.ref()).running);
}

TEST_CASE("the reads keep no secrets and know whose a hostdev is") {
    auto* const libvirt = EmbeddedLibvirt::shared();
    if (!libvirt) return;
    Guest guest(*libvirt, "q35-foreign");
    const auto domain = described(*libvirt, guest.ref());
    CHECK(domain.ref == guest.ref());
    CHECK_FALSE(domain.running);
    REQUIRE(domain.defined.size() == 2);
    CHECK(domain.defined[0].address == usb);
    CHECK(domain.defined[0].managed);
    CHECK_FALSE(domain.defined[0].ours);
    CHECK(domain.defined[0].xml.find("<boot order='1'/>") != std::string::npos);
}

TEST_CASE("a domain that is not there is missing to every question") {
    auto* const libvirt = EmbeddedLibvirt::shared();
    if (!libvirt) return;
    auto& host = libvirt->host();
    for (const auto& gone :
         {DomainRef{libvirt->uri(), "6b0f1a52-0000-4000-8000-0000000000ff", "gone"},
          DomainRef{libvirt->uri(), "", "gone"}}) {
        CHECK(host.hostdev(gone, usb).error().trouble == Trouble::missing);
        CHECK(host.set_hostdev(gone, usb, std::nullopt).error().trouble == Trouble::missing);
        CHECK(host.definition(gone).error().trouble == Trouble::missing);
        CHECK(host.tidy(gone, "<domain/>").error().trouble == Trouble::missing);
        CHECK_FALSE(host.definition(gone).error().where.empty());
    }
}

TEST_CASE("a domain is found by its name where no UUID is known") {
    auto* const libvirt = EmbeddedLibvirt::shared();
    if (!libvirt) return;
    Guest guest(*libvirt, "pc-one");
    CHECK(libvirt->host().definition({libvirt->uri(), "", "pc-one"}).value() == guest.definition());
}

TEST_CASE("a transient domain is listed as such and is never made persistent") {
    auto* const libvirt = EmbeddedLibvirt::shared();
    if (!libvirt) return;
    const auto xml = golden_text("q35-one");
    const auto ref = libvirt->create_transient(xml);
    const auto domain = described(*libvirt, ref);
    CHECK_FALSE(domain.persistent);
    CHECK(domain.running);
    CHECK(domain.defined.empty());
    auto& host = libvirt->host();
    CHECK(host.set_hostdev(ref, usb, hostdev_xml(usb, false)).error().trouble == Trouble::missing);
    CHECK(host.tidy(ref, xml).error().trouble == Trouble::missing);
    CHECK_FALSE(described(*libvirt, ref).persistent);
    libvirt->destroy(ref);
}

TEST_CASE("an alias that libvirt drops is a failure") {
    auto* const libvirt = EmbeddedLibvirt::shared();
    if (!libvirt) return;
    Guest guest(*libvirt, "q35-one");
    auto xml = hostdev_xml(usb, false);
    xml.replace(xml.find("ua-ctrlpass-0000-0a"), 19, "ua-ctrlpass-0000:0a");
    CHECK_FALSE(libvirt->host().set_hostdev(guest.ref(), usb, xml).has_value());
    guest.set(usb, std::nullopt);
}

TEST_CASE("XML for another function is refused before libvirt sees it") {
    auto* const libvirt = EmbeddedLibvirt::shared();
    if (!libvirt) return;
    Guest guest(*libvirt, "q35-one");
    auto& host = libvirt->host();
    const auto before = guest.definition();
    CHECK_FALSE(host.set_hostdev(guest.ref(), usb, hostdev_xml(second, false)).has_value());
    CHECK_FALSE(host.set_hostdev(guest.ref(), usb, "<hostdev").has_value());
    CHECK(guest.definition() == before);
}

TEST_CASE("a connection for reading only may not write and says so") {
    auto* const libvirt = EmbeddedLibvirt::shared();
    if (!libvirt) return;
    Guest guest(*libvirt, "q35-one");
    const auto& api = libvirt->api();
    const LibvirtSession session{api, api.virConnectOpenReadOnly(libvirt->uri().c_str()),
                                 libvirt->uri()};
    REQUIRE(session.connection != nullptr);
    const auto result = write_hostdev(session, guest.ref(), usb, hostdev_xml(usb, false));
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().trouble == Trouble::denied);
    CHECK_FALSE(result.error().hint.empty());
    CHECK_FALSE(read_definition(session, guest.ref()).has_value());
    CHECK(read_hostdev(session, guest.ref(), usb).value() == std::nullopt);
    CHECK(close_session(session).has_value());
}
