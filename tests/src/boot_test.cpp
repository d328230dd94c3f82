// SPDX-License-Identifier: GPL-2.0-or-later
// At boot: what was applied before and nothing else, without libvirt, and never in a circle.
#include <doctest/doctest.h>

#include <fstream>

#include "src/boot/plan_at_boot.hpp"
#include "src/boot/skip.hpp"
#include "src/commands/apply_at_boot.hpp"
#include "tests/support/plan_of.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;

namespace {

const std::string for_win11 = "[vm]\nname = \"win11\"\n" + first_controller;

/// A desk whose machine is switched off and on. At boot libvirt must not be asked.
struct Desk {
    Scene scene;
    explicit Desk(MachineTree tree = two_controllers()) : scene(std::move(tree)) {
        scene.domains().add("win11");
    }

    void reboot(const std::string& id) {
        for (const std::string& address : scene.root().names("sys/bus/pci/devices"))
            if (is_given(address))
                REQUIRE(write_binding(scene.root(), scene.kernel(), *parse_address(address),
                                      Binding{"xhci_hcd", std::nullopt}));
        scene.calm();
        scene.tree().write("proc/sys/kernel/random/boot_id", id + "\n");
    }

    std::unique_ptr<Session> session() {
        GuestHosts nobody([this](const std::string&) -> Result<std::unique_ptr<GuestHost>> {
            asked = true;
            return fail("libvirt is not there");
        });
        auto opened = Session::open(scene.root(), scene.kernel(), std::move(nobody), scene.state());
        REQUIRE(opened.has_value());
        return std::move(*opened);
    }

    Outcome boot(const Profile& profile, std::function<std::optional<Error>()> stop = {}) {
        const auto outcome = apply_at_boot(*session(), profile, std::move(stop));
        REQUIRE_MESSAGE(outcome.has_value(), outcome.error().what);
        CHECK_FALSE(asked);
        return *outcome;
    }

    void apply(const Profile& profile, bool may_lock_out = false) {
        const auto outcome = scene.apply({profile}, may_lock_out);
        REQUIRE(outcome.has_value());
        REQUIRE(outcome->exit_code() == 0);
    }

    /// Applied in the first boot; the second has begun.
    void apply_and_reboot(const Profile& profile, bool may_lock_out = false) {
        apply(profile, may_lock_out);
        reboot("second");
    }

    void complete() {
        auto now = session();
        for (const auto& [name, ledger] : now->recorded())
            if (ledger.on_trial == now->boot())
                REQUIRE(now->ledger().append(name, BootCompleteRecord{}));
    }

    bool is_given(const std::string& address = "0000:00:14.0") {
        return scene.root().link_name("sys/bus/pci/devices/" + address + "/driver") == "vfio-pci";
    }
    RecordedProfile ledger() { return read_ledgers(scene.state())->at("front"); }

    bool asked = false;
};

std::string reason(const Outcome& outcome) { return message(outcome.plan, "skipped-at-boot"); }

}  // namespace

TEST_CASE("what was applied is bound at the next boot, without asking libvirt") {
    Desk desk;
    const Profile front = profile_of(for_win11);
    desk.apply(front);
    const auto before = desk.ledger();
    desk.reboot("second");
    REQUIRE_FALSE(desk.is_given());

    const Outcome outcome = desk.boot(front);
    CHECK(outcome.exit_code() == 0);
    CHECK(outcome.report.done == std::vector<std::string>{"binding 0000:00:14.0"});
    CHECK(desk.is_given());

    SUBCASE("and the ledger still knows what lasts, and the guest") {
        const auto now = desk.ledger();
        REQUIRE(now.entries.size() == before.entries.size());
        for (std::size_t i = 0; i < now.entries.size(); ++i) {
            CHECK(now.entries[i].setting == before.entries[i].setting);
            CHECK(now.entries[i].after == before.entries[i].after);
            CHECK(now.entries[i].origin == before.entries[i].origin);
        }
        CHECK(now.committed->domain == before.committed->domain);
        CHECK(now.definitions == before.definitions);
        CHECK(now.committed->at_boot);
    }
    SUBCASE("and a second run in the same boot does nothing") {
        const Outcome again = desk.boot(front);
        CHECK(again.exit_code() == 0);
        CHECK_FALSE(again.report.changed);
    }
    SUBCASE("and an apply by hand after that has nothing to do") {
        const auto again = desk.scene.apply({front});
        REQUIRE(again.has_value());
        CHECK_FALSE(again->report.changed);
    }
    SUBCASE("and rollback puts everything back, the definition too") {
        const auto back = desk.scene.rollback({"front"});
        REQUIRE(back.has_value());
        CHECK(back->exit_code() == 0);
        CHECK_FALSE(desk.is_given());
        for (const auto& [uuid, domain] : desk.scene.domains().by_uuid)
            CHECK_FALSE(has(domain.definition, "hostdev"));
    }
}

TEST_CASE("a profile that nobody applied is left alone at boot") {
    Desk desk;
    const Outcome outcome = desk.boot(profile_of(for_win11));
    CHECK(outcome.exit_code() == 0);
    CHECK(reason(outcome) == "profile front was never applied");
    CHECK_FALSE(desk.is_given());
    CHECK(desk.scene.kernel().count() == 0);
}

TEST_CASE("a profile that was changed, rolled back or moved is left alone at boot") {
    Desk desk;
    const Profile front = profile_of(for_win11);
    desk.apply(front);
    Profile other = front;
    SUBCASE("changed") {
        other = profile_of("description = \"another\"\n" + for_win11);
        desk.reboot("second");
        CHECK(reason(desk.boot(other)) == "profile front was changed since it was applied");
    }
    SUBCASE("rolled back") {
        REQUIRE(desk.scene.rollback({"front"}).has_value());
        desk.reboot("second");
        CHECK(reason(desk.boot(other)) == "profile front is not applied");
    }
    SUBCASE("of another folder") {
        other.path = "/elsewhere/front.toml";
        desk.reboot("second");
        CHECK(has(reason(desk.boot(other)), "which is applied under its name"));
    }
    CHECK_FALSE(desk.is_given());
    CHECK(desk.scene.kernel().count() == 0);
}

TEST_CASE("a pending profile is not applied at boot") {
    Desk desk;
    const Profile front = profile_of(first_controller);
    {
        const auto session = desk.session();
        const auto pending = apply_profiles(
            *session, {front},
            {.confirmation = Confirmation{600, [](const std::string&) { return Result<>{}; }}});
        REQUIRE(pending.has_value());
        REQUIRE(pending->report.waits);
    }
    desk.reboot("second");
    CHECK(reason(desk.boot(front)) == "profile front was not confirmed");
    CHECK_FALSE(desk.is_given());
}

TEST_CASE("a boot that never came to its end is not tried again until somebody applies by hand") {
    Desk desk;
    const Profile front = profile_of(for_win11);
    desk.apply_and_reboot(front);
    CHECK(desk.boot(front).report.changed);
    desk.reboot("third");
    const std::string loop =
        "profile front was applied in an earlier boot that did not come to its end";

    CHECK(reason(desk.boot(front)) == loop);
    CHECK_FALSE(desk.is_given());
    SUBCASE("not even when the boot without it came to its end") {
        desk.complete();
        desk.reboot("fourth");
        CHECK(reason(desk.boot(front)) == loop);
        CHECK_FALSE(desk.is_given());
    }
    SUBCASE("by hand it works, and at the boots after that") {
        desk.apply(front);
        CHECK(desk.is_given());
        desk.reboot("fourth");
        CHECK(desk.boot(front).report.changed);
        CHECK(desk.is_given());
    }
}

TEST_CASE("an apply by hand is the word for a boot on trial, also with nothing to do") {
    Desk desk;
    const Profile front = profile_of(for_win11);
    desk.apply_and_reboot(front);
    desk.boot(front);
    REQUIRE(desk.ledger().on_trial == "second");
    desk.apply(front);
    CHECK_FALSE(desk.ledger().on_trial);
    desk.reboot("third");
    CHECK(reason(desk.boot(front)).empty());
    CHECK(desk.is_given());
}

TEST_CASE("the way back of a function that udev has not come to yet leads to its usual driver") {
    Desk desk;
    const Profile front = profile_of(for_win11);
    desk.apply_and_reboot(front);
    const PciAddress address = *parse_address("0000:00:14.0");
    REQUIRE(write_binding(desk.scene.root(), desk.scene.kernel(), address, Binding{}));
    CHECK(desk.boot(front).exit_code() == 0);
    REQUIRE(desk.is_given());
    const auto back = desk.scene.rollback({"front"});
    REQUIRE(back.has_value());
    CHECK(back->exit_code() == 0);
    CHECK(desk.scene.root().link_name("sys/bus/pci/devices/0000:00:14.0/driver") == "xhci_hcd");
}

TEST_CASE("a function that is not there is waited for, and nothing that stands in the way") {
    const auto plan_with = [](std::vector<Finding> findings) {
        return Plan{{}, {}, {}, std::move(findings)};
    };
    const auto finding = [](const std::string& code) {
        return make_finding("front", code, "0000:00:14.0", "so it is", "");
    };
    CHECK(may_appear(plan_with({finding("no-such-controller")})));
    CHECK_FALSE(may_appear(plan_with({finding("no-such-controller"), finding("swap-disk")})));
    CHECK_FALSE(may_appear(plan_with({})));
    Finding accepted = finding("root-disk");
    accepted.accepted = true;
    CHECK_FALSE(may_appear(plan_with({accepted})));
    CHECK(may_appear(plan_with({finding("no-such-controller"), accepted})));
}

TEST_CASE("a boot that came to its end is followed by the same again") {
    Desk desk;
    const Profile front = profile_of(for_win11);
    desk.apply(front);
    for (const std::string id : {"second", "third", "fourth"}) {
        desk.reboot(id);
        CHECK(desk.boot(front).report.changed);
        CHECK(desk.is_given());
        desk.complete();
    }
}

TEST_CASE("a machine that died while binding at boot is not bound at the boots after that") {
    Desk desk;
    const Profile front = profile_of(first_controller);
    desk.apply_and_reboot(front);
    desk.scene.die_at(Sink::kernel, 1, Stage::after);
    CHECK_THROWS_AS(desk.boot(front), Killed);
    desk.reboot("third");
    CHECK(desk.boot(front).exit_code() == 0);
    CHECK_FALSE(desk.is_given());
    REQUIRE(desk.scene.recover());  // ctrlpass-finish.service
    desk.reboot("fourth");
    CHECK(has(reason(desk.boot(front)), "did not come to its end"));
    CHECK_FALSE(desk.is_given());
}

TEST_CASE("at boot nobody is asked for consent, for nobody has logged in yet") {
    const std::string keyboards = R"("usb":[{"controller":"0000:00:14.0","devices":[{"port":"1-1",
        "id":"1b1c:1b13","interfaces":[{"class":"03","carries":[{"kind":"input","name":"input5",
        "label":"K70","keyboard":true}]}]}]}])";
    Desk desk(two_controllers(keyboards));
    const Profile front = profile_of(first_controller);
    REQUIRE(find(desk.scene.plan({front}), "last-keyboard") != nullptr);
    const Profile allowing = profile_of("allow = [\"last-keyboard\"]\n" + first_controller);
    desk.apply_and_reboot(allowing, true);
    const Outcome outcome = desk.boot(allowing);
    CHECK(outcome.plan.findings.empty());
    CHECK(desk.is_given());
}

TEST_CASE("at boot a mounted disk and a holder of the group refuse, and nothing is touched") {
    Desk desk(two_controllers(R"("usb":[{"controller":"0000:00:14.0","devices":[{"port":"1-1",
        "id":"0781:5567","interfaces":[{"class":"08","carries":[{"kind":"disk","name":"sdb",
        "dev":"8:16","partitions":[{"name":"sdb1","dev":"8:17"}]}]}]}]}])"));
    const Profile front = profile_of(first_controller);
    desk.apply_and_reboot(front);
    desk.scene.tree().write("proc/self/mountinfo", "30 1 8:17 / /home rw - ext4 /dev/sdb1 rw\n");
    const Outcome outcome = desk.boot(front);
    CHECK(outcome.exit_code() == 3);
    CHECK(message(outcome.plan, "mounted-disk") == "/dev/sdb1 mounted on /home");
    CHECK(desk.scene.kernel().count() == 0);
    CHECK_FALSE(desk.is_given());
}

namespace {

/// An xHCI behind a root port; `bus` is what firmware made of it in this boot.
MachineTree behind_a_port(const std::string& bus) {
    return MachineTree::from(R"({"roots":{"pci0000:00":"\\_SB_.PC00"},"drivers":["vfio-pci"],
        "functions":[
        {"address":"0000:00:1c.0","path":"sys/devices/pci0000:00/0000:00:1c.0","class":"060400",
         "id":"8086:a340","driver":"pcieport","group":3},
        {"address":"0000:)" + bus +
                             R"(:00.0",
         "path":"sys/devices/pci0000:00/0000:00:1c.0/0000:)" +
                             bus + R"(:00.0","class":"0c0330",
         "id":"1b21:1242","driver":"xhci_hcd","group":4}]})");
}

}  // namespace

TEST_CASE("a controller with another bus number is found by its path at boot") {
    const std::string by_path =
        "[[controller]]\npath = \"PC00/1c.0/00.0\"\naddress = \"0000:01:00.0\"\n";
    Desk before(behind_a_port("01"));
    Desk after(behind_a_port("02"));
    const auto boot = [&](const Profile& profile) {
        before.apply(profile);
        after.scene.tree().write("proc/sys/kernel/random/boot_id", "second\n");
        GuestHosts nobody([](const std::string&) -> Result<std::unique_ptr<GuestHost>> {
            return fail("libvirt is not there");
        });
        const auto session = Session::open(after.scene.root(), after.scene.kernel(),
                                           std::move(nobody), before.scene.state());
        REQUIRE(session.has_value());
        return apply_at_boot(**session, profile);
    };
    SUBCASE("and bound") {
        const auto outcome = boot(profile_of(by_path));
        REQUIRE(outcome.has_value());
        CHECK(outcome->exit_code() == 0);
        CHECK(after.is_given("0000:02:00.0"));
    }
    SUBCASE("and refused when the guest's definition still has the old address") {
        const auto outcome = boot(profile_of("[vm]\nname = \"win11\"\n" + by_path));
        REQUIRE(outcome.has_value());
        CHECK(outcome->exit_code() == 3);
        CHECK(has(message(outcome->plan, "moved"), "definition still names 0000:01:00.0"));
        CHECK_FALSE(after.is_given("0000:02:00.0"));
    }
    SUBCASE("and missed, when the profile has the address alone") {
        const auto outcome = boot(profile_of("[[controller]]\naddress = \"0000:01:00.0\"\n"));
        REQUIRE(outcome.has_value());
        CHECK(outcome->exit_code() == 3);
        CHECK(find(outcome->plan, "no-such-controller") != nullptr);
        CHECK(after.scene.kernel().count() == 0);
    }
}

TEST_CASE("ctrlpass=off is a word of the command line, not a part of one") {
    CHECK(switched_off("root=/dev/sda1 ctrlpass=off quiet\n").has_value());
    CHECK(switched_off("ctrlpass=off").has_value());
    CHECK_FALSE(switched_off("root=/dev/sda1 quiet").has_value());
    CHECK_FALSE(switched_off("xctrlpass=off ctrlpass=offx").has_value());
    CHECK_FALSE(switched_off("").has_value());
}

TEST_CASE("when the time at boot is over nothing is begun and everything goes back") {
    Desk desk;
    const Profile front = profile_of(first_controller);
    desk.apply_and_reboot(front);
    const Outcome outcome = desk.boot(front, [] { return Error{"the time is over", {}, {}}; });
    CHECK(outcome.exit_code() == 1);
    CHECK(outcome.report.failure->what == "the time is over");
    CHECK_FALSE(desk.is_given());
    CHECK(desk.boot(front).report.changed);
}
