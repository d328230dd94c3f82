// SPDX-License-Identifier: GPL-2.0-or-later
// Pins in definitions that libvirt itself keeps.
#include "src/guests/libvirt_pins.hpp"

#include <doctest/doctest.h>

#include "golden_guest.hpp"
#include "src/guests/domain_pins.hpp"

using namespace ctrlpass;

namespace {

using Kind = GuestThread::Kind;
using Pin = std::optional<CpuSet>;

constexpr GuestThread first{Kind::vcpu, 0};
constexpr GuestThread second{Kind::vcpu, 1};
constexpr GuestThread emulator{Kind::emulator, 0};
constexpr GuestThread iothread{Kind::iothread, 1};

class PinnedGuest : public GoldenGuest {
  public:
    using GoldenGuest::GoldenGuest;
    Pin pin(const GuestThread& thread) const { return host().pin(ref(), thread).value(); }
    Result<> set(const GuestThread& thread, const Pin& cpus) const {
        return host().set_pin(ref(), thread, cpus);
    }
};

void pin_and_put_back(EmbeddedLibvirt& libvirt, const std::string& name,
                      const std::vector<std::pair<GuestThread, CpuSet>>& wanted) {
    CAPTURE(name);
    PinnedGuest guest(libvirt, name);
    const std::string before = guest.definition();
    check_golden(name + ".before", before);
    std::vector<Pin> origins;
    for (const auto& [thread, cpus] : wanted) {
        CAPTURE(to_string(thread));
        origins.push_back(guest.pin(thread));
        const auto set = guest.set(thread, cpus);
        REQUIRE_MESSAGE(set.has_value(), set.error().where);
        CHECK(guest.pin(thread) == cpus);
        CHECK(pin_of(described(libvirt, guest.ref()).cpus, thread) == cpus);
    }
    const std::string after = guest.definition();
    check_golden(name + ".after", after);
    for (const auto& [thread, cpus] : wanted) CHECK(guest.set(thread, cpus).has_value());
    CHECK(guest.definition() == after);
    for (std::size_t i = wanted.size(); i-- > 0;) {
        CHECK(guest.set(wanted[i].first, origins[i]).has_value());
        CHECK(guest.pin(wanted[i].first) == origins[i]);
    }
    guest.tidy(before);
    CHECK(guest.definition() == before);
    CHECK(before.find("passwd='secret'") != std::string::npos);
}

}  // namespace

TEST_CASE("pinned and put back, a definition is what it was to the last byte") {
    auto* const libvirt = EmbeddedLibvirt::shared();
    if (!libvirt) return;
    pin_and_put_back(*libvirt, "pins-none", {{first, {1}}, {emulator, {0}}});
    pin_and_put_back(*libvirt, "pins-iothreads",
                     {{first, {0}}, {second, {1}}, {emulator, {0, 1}}, {iothread, {1}}});
    pin_and_put_back(*libvirt, "pins-by-hand",
                     {{first, {0}}, {second, {1}}, {emulator, {1}}, {iothread, {0}}});
}

TEST_CASE("an I/O thread's pin leaves no ids behind when somebody else changed the rest") {
    auto* const libvirt = EmbeddedLibvirt::shared();
    if (!libvirt) return;
    PinnedGuest guest(*libvirt, "pins-iothreads");
    const std::string original = guest.definition();
    CHECK(guest.set(iothread, CpuSet{1}).has_value());
    CHECK(guest.definition().find("<iothreadids>") != std::string::npos);
    libvirt->attach_by_hand(
        guest.ref(), "<interface type='user'><mac address='52:54:00:00:00:99'/></interface>");
    CHECK(guest.set(iothread, std::nullopt).has_value());
    guest.tidy(original);
    const std::string left = guest.definition();
    CHECK(left.find("52:54:00:00:00:99") != std::string::npos);
    CHECK(left.find("<iothreadids>") == std::string::npos);
    CHECK(left.find("<cputune>") == std::string::npos);
    guest.tidy(original);
    CHECK(guest.definition() == left);
}

TEST_CASE("a running guest's definition is pinned for its next start") {
    auto* const libvirt = EmbeddedLibvirt::shared();
    if (!libvirt) return;
    PinnedGuest guest(*libvirt, "pins-iothreads");
    const std::string before = guest.definition();
    libvirt->start(guest.ref());
    CHECK(guest.set(first, CpuSet{1}).has_value());
    CHECK(guest.pin(first) == CpuSet{1});
    CHECK(guest.set(first, std::nullopt).has_value());
    guest.tidy(before);
    CHECK(guest.definition() == before);
    CHECK(described(*libvirt, guest.ref()).running);
    libvirt->destroy(guest.ref());
}

TEST_CASE("threads that the guest has not, and sets without a CPU, are errors") {
    auto* const libvirt = EmbeddedLibvirt::shared();
    if (!libvirt) return;
    PinnedGuest guest(*libvirt, "pins-none");
    const std::string before = guest.definition();
    for (const GuestThread& thread : {second, iothread}) {
        const auto set = guest.set(thread, CpuSet{0});
        REQUIRE_FALSE(set.has_value());
        CHECK_FALSE(set.error().where.empty());
        CHECK(set.error().trouble != Trouble::missing);
        CHECK(guest.set(thread, std::nullopt).has_value());
    }
    CHECK_FALSE(guest.set(first, CpuSet{}).has_value());
    CHECK(guest.definition() == before);
}

TEST_CASE("a CPU that this host does not have is refused by libvirt, or kept as it was told") {
    auto* const libvirt = EmbeddedLibvirt::shared();
    if (!libvirt) return;
    PinnedGuest guest(*libvirt, "pins-none");
    for (const unsigned cpu : {200U, 8191U}) {
        const auto set = guest.set(emulator, CpuSet{0, cpu});
        CHECK(guest.pin(emulator) == (set ? Pin(CpuSet{0, cpu}) : Pin()));
    }
}

TEST_CASE("pins of a domain that is not there are missing, of one for reading only denied") {
    auto* const libvirt = EmbeddedLibvirt::shared();
    if (!libvirt) return;
    const DomainRef gone{libvirt->uri(), "6b0f1a52-0000-4000-8000-0000000000ff", "gone"};
    CHECK(libvirt->host().pin(gone, first).error().trouble == Trouble::missing);
    CHECK(libvirt->host().set_pin(gone, first, CpuSet{0}).error().trouble == Trouble::missing);
    PinnedGuest guest(*libvirt, "pins-by-hand");
    const auto& api = libvirt->api();
    const LibvirtSession session{api, api.virConnectOpenReadOnly(libvirt->uri().c_str()),
                                 libvirt->uri()};
    REQUIRE(session.connection != nullptr);
    CHECK(read_pin(session, guest.ref(), first).value() == CpuSet{1});
    CHECK(write_pin(session, guest.ref(), first, CpuSet{0}).error().trouble == Trouble::denied);
    CHECK(write_pin(session, guest.ref(), first, std::nullopt).error().trouble == Trouble::denied);
    CHECK(close_session(session).has_value());
}
