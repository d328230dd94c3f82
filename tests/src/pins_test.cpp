// SPDX-License-Identifier: GPL-2.0-or-later
// Pins in a domain's definition as settings: planned, written, put back.
#include <doctest/doctest.h>

#include "src/guests/domain_pins.hpp"
#include "src/plan/setting.hpp"
#include "src/render/render.hpp"
#include "src/render/render_json.hpp"
#include "tests/support/plan_of.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;

namespace {

const std::string hand_made =
    "<vcpu>2</vcpu><iothreads>1</iothreads><cputune><shares>512</shares>"
    "<vcpupin vcpu='1' cpuset='1'/></cputune>";

/// A machine with win11, whose definition has these elements.
class Pinned {
  public:
    explicit Pinned(const std::string& elements = hand_made) : scene(two_controllers()) {
        ref = scene.domains().add("win11", "", elements);
    }
    /// What profile "front" wishes from now on.
    void wish(const std::vector<std::pair<std::string, std::string>>& pins,
              const std::string& profile = "front") {
        scene.place(profile, placed(pins));
    }
    FakeDomains::One& domain() { return scene.domains().by_uuid.at(ref.uuid); }
    DomainCpus cpus() { return *cpus_in(domain().definition); }
    Outcome apply(const std::vector<Profile>& profiles = {bare_profile()}) {
        const auto outcome = scene.apply(profiles);
        REQUIRE(outcome.has_value());
        return *outcome;
    }
    Outcome rollback(const std::string& name = "front") {
        const auto outcome = scene.rollback({name});
        REQUIRE(outcome.has_value());
        return *outcome;
    }

    Scene scene;
    DomainRef ref;
};

}  // namespace

TEST_CASE("pins are planned one by one, with the reason that the placement gives") {
    Pinned desk;
    desk.wish({{"vcpu 0", "2"}, {"vcpu 1", "3"}, {"emulator", "0-1"}, {"iothread 1", "0"}});
    const Plan plan = desk.scene.plan({bare_profile()});
    const std::string text = plan_text(plan, Style());
    CHECK(has(text, "  + pin win11 vcpu 0      2\n"));
    CHECK(has(text, "  ~ pin win11 vcpu 1      1  →  3\n"));
    CHECK(has(text, "  + pin win11 emulator    0-1\n"));
    CHECK(has(text, "  + pin win11 iothread 1  0\n"));
    CHECK(has(text, "isolated\n"));
    const std::string json = plan_json("plan", plan);
    CHECK(has(json, "\"kind\": \"pin\""));
    CHECK(has(json, "\"subject\": \"win11 emulator\""));
    CHECK(has(json, "\"after\": \"0-1\""));
}

TEST_CASE("applied and rolled back, the definition is what it was to the last byte") {
    for (const std::string& elements : {hand_made, std::string("<vcpu>2</vcpu>"), std::string()}) {
        CAPTURE(elements);
        Pinned desk(elements);
        const std::string original = desk.domain().definition;
        desk.wish({{"vcpu 0", "2"}, {"emulator", "0-1"}});
        CHECK(desk.apply().exit_code() == 0);
        CHECK(desk.cpus().vcpu_pins.at(0) == CpuSet{2});
        CHECK(desk.cpus().emulator_pin == CpuSet{0, 1});
        const std::string pinned_once = desk.domain().definition;
        CHECK_FALSE(desk.apply().report.changed);
        CHECK(desk.domain().definition == pinned_once);
        CHECK(desk.rollback().exit_code() == 0);
        CHECK(desk.domain().definition == original);
    }
}

TEST_CASE("a pin made by hand is put back as it was, also after two applies") {
    Pinned desk;
    const std::string original = desk.domain().definition;
    desk.wish({{"vcpu 1", "3"}});
    CHECK(desk.apply().report.done == std::vector<std::string>{"pin win11 vcpu 1"});
    desk.wish({{"vcpu 1", "2"}});
    CHECK(desk.apply().report.changed);
    CHECK(desk.cpus().vcpu_pins.at(1) == CpuSet{2});
    CHECK(desk.rollback().report.restored == std::vector<std::string>{"pin win11 vcpu 1"});
    CHECK(desk.domain().definition == original);
}

TEST_CASE("what a changed profile no longer pins is put back, the rest stays") {
    Pinned desk;
    desk.wish({{"vcpu 0", "2"}, {"vcpu 1", "3"}, {"emulator", "0"}});
    desk.apply();
    desk.wish({{"vcpu 0", "2"}});
    const Outcome changed = desk.apply();
    CHECK(changed.exit_code() == 0);
    CHECK(desk.cpus().vcpu_pins == std::map<unsigned, CpuSet>{{0, {2}}, {1, {1}}});
    CHECK_FALSE(desk.cpus().emulator_pin);
    for (const Change& change : changed.plan.changes) CHECK_FALSE(change.wanted);
}

TEST_CASE("two profiles share a pin, and the last to leave restores it") {
    Pinned desk;
    const std::string original = desk.domain().definition;
    for (const char* name : {"front", "back"}) {
        desk.wish({{"vcpu 1", "3"}}, name);
        CHECK(desk.apply({bare_profile(name)}).exit_code() == 0);
    }
    CHECK(desk.rollback("front").report.restored.empty());
    CHECK(desk.cpus().vcpu_pins.at(1) == CpuSet{3});
    CHECK(desk.rollback("back").report.restored.size() == 1);
    CHECK(desk.domain().definition == original);
}

TEST_CASE("another pin for the same thread is another profile's claim") {
    Pinned desk;
    desk.wish({{"vcpu 0", "2"}});
    desk.apply();
    desk.wish({{"vcpu 0", "3"}}, "back");
    const Outcome refused = desk.apply({bare_profile("back")});
    CHECK(refused.exit_code() == 3);
    CHECK(has(message(refused.plan, "setting-claimed"), "pin win11 vcpu 0"));
    CHECK(desk.cpus().vcpu_pins.at(0) == CpuSet{2});
}

TEST_CASE("a pin that somebody else changed is theirs: stuck, exit 5, the others go back") {
    Pinned desk;
    desk.wish({{"vcpu 0", "2"}, {"emulator", "0"}});
    desk.apply();
    desk.domain().definition =
        *with_pin(desk.domain().definition, {GuestThread::Kind::vcpu, 0}, CpuSet{7});
    const Outcome outcome = desk.rollback();
    CHECK(outcome.exit_code() == 5);
    REQUIRE(outcome.report.stuck.size() == 1);
    CHECK(outcome.report.stuck[0].setting == "pin win11 vcpu 0");
    CHECK(has(outcome.report.stuck[0].reason, "it is 7, which ctrlpass did not do"));
    CHECK(desk.cpus().vcpu_pins.at(0) == CpuSet{7});
    CHECK_FALSE(desk.cpus().emulator_pin);
    // Brought back by hand, the next rollback ends it.
    desk.domain().definition =
        *with_pin(desk.domain().definition, {GuestThread::Kind::vcpu, 0}, std::nullopt);
    CHECK(desk.rollback().exit_code() == 0);
    CHECK(desk.scene.rollback({"front"})->report.stuck.empty());
}

TEST_CASE("a domain that is gone is as good as restored") {
    Pinned desk;
    desk.wish({{"vcpu 0", "2"}});
    desk.apply();
    desk.scene.domains().by_uuid.clear();
    CHECK(desk.rollback().exit_code() == 0);
}

TEST_CASE("without libvirt pins are stuck") {
    Pinned desk;
    desk.wish({{"vcpu 0", "2"}});
    desk.apply();
    GuestHosts gone([](const std::string& uri) -> Result<std::unique_ptr<GuestHost>> {
        return fail("cannot connect to libvirt at " + uri, "no such file", {}, Trouble::missing);
    });
    auto session =
        Session::open(desk.scene.root(), desk.scene.kernel(), std::move(gone), desk.scene.state());
    REQUIRE(session.has_value());
    const auto back = roll_back(**session, {"front"});
    REQUIRE(back.has_value());
    CHECK(back->exit_code() == 5);
    REQUIRE(back->report.stuck.size() == 1);
    CHECK(back->report.stuck[0].setting == "pin win11 vcpu 0");
    CHECK(desk.cpus().vcpu_pins.at(0) == CpuSet{2});
}

TEST_CASE("a vCPU that the guest has not fails the apply, and everything is as it was") {
    Pinned desk;
    const std::string original = desk.domain().definition;
    desk.wish({{"vcpu 0", "2"}, {"vcpu 2", "3"}});
    const Outcome outcome = desk.apply();
    CHECK(outcome.exit_code() == 1);
    CHECK(outcome.report.restored == std::vector<std::string>{"pin win11 vcpu 0"});
    CHECK(desk.domain().definition == original);
}

TEST_CASE("a running guest is told once that its pins come with the next start") {
    Pinned desk;
    desk.domain().running = true;
    desk.domain().live = desk.domain().definition;
    desk.wish({{"vcpu 0", "2"}, {"vcpu 1", "3"}});
    const Plan plan = desk.scene.plan({bare_profile()});
    CHECK(std::ranges::count(plan.findings, "takes-effect-at-next-start", &Finding::code) == 1);
    CHECK(find(plan, "not-migratable") == nullptr);
    desk.apply();
    CHECK(find(desk.scene.plan({bare_profile()}), "takes-effect-at-next-start") == nullptr);
}

TEST_CASE("pins of a guest that was saved wait until it starts anew") {
    Pinned desk;
    desk.domain().saved = true;
    desk.wish({{"vcpu 0", "2"}});
    CHECK(has(hint(desk.scene.plan({bare_profile()}), "takes-effect-at-next-start"),
              "virsh managedsave-remove win11"));
}

TEST_CASE("the placement's findings are about changes, its refusals stop the profile") {
    Pinned desk;
    Placement placement = placed({{"vcpu 0", "2"}});
    placement.findings = {make_finding("front", "cpu-far", "win11", "CPU 2 is far away")};
    desk.scene.place("front", placement);
    CHECK(find(desk.scene.plan({bare_profile()}), "cpu-far") != nullptr);
    desk.apply();
    CHECK(find(desk.scene.plan({bare_profile()}), "cpu-far") == nullptr);
    Placement refused;
    refused.findings = {make_finding("front", "too-few-isolated", "win11", "there is no CPU")};
    desk.scene.place("front", refused);
    const Plan plan = desk.scene.plan({bare_profile()});
    CHECK(plan.is_refused());
    // Least of all a way back.
    CHECK(plan.changes.empty());
}

TEST_CASE("a setting of a domain whose name has spaces is found by its name again") {
    for (const char* name : {"win11", "win 11", "a vcpu 3", "emulator", "x iothread"})
        for (const GuestThread thread :
             {GuestThread{GuestThread::Kind::vcpu, 0}, GuestThread{GuestThread::Kind::emulator, 0},
              GuestThread{GuestThread::Kind::iothread, 12}}) {
            const Setting pin = PinSetting{{"uri", "uuid", name}, thread};
            CAPTURE(name_of(pin));
            const auto found = setting_named(name_of(pin), "uri", "uuid");
            REQUIRE(found.has_value());
            CHECK(*found == pin);
            CHECK(domain_of(*found)->name == name);
        }
    for (const char* name : {"pin", "pin win11", "pin win11 vcpu", "pin win11 vcpu x",
                             "pin win11 core 1", "pin emulator", "file", "file etc/x"})
        CHECK_FALSE(setting_named(name, "uri", "uuid").has_value());
}
