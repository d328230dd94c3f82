// SPDX-License-Identifier: GPL-2.0-or-later
// An apply that waits to be confirmed: kept, put back, left to another boot.
#include <doctest/doctest.h>

#include <csignal>

#include "src/commands/unconfirmed.hpp"
#include "src/commands/unsettled.hpp"
#include "tests/support/plan_of.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;

namespace {

Profile first_of(const std::string& name, const std::string& more = "") {
    return profile_of("[[controller]]\naddress = \"0000:00:14.0\"\n" + more, name);
}

const std::string also_second = "[[controller]]\naddress = \"0000:00:15.0\"\n";

struct Desk {
    Scene scene{two_controllers()};
    std::map<std::string, std::string> start = scene.snapshot();
    int armed_at = -1;  ///< how many writes there had been

    std::unique_ptr<Session> session() {
        auto opened = Session::open(scene.root(), scene.kernel(), GuestHosts(), scene.state());
        REQUIRE(opened.has_value());
        return std::move(*opened);
    }
    Result<Outcome> apply_pending(const Profile& profile, std::int64_t seconds = 600) {
        return apply_profiles(
            *session(), {profile},
            {.confirmation = Confirmation{seconds, [this](const std::string&) -> Result<> {
                                              armed_at = scene.kernel().count();
                                              return {};
                                          }}});
    }
    RecordedProfile ledger(const std::string& name) {
        return read_ledgers(scene.state())->at(name);
    }
    Unsettled unsettled(const Plan& plan) {
        const auto now = session();
        return unsettled_for(plan, now->recorded(), now->now());
    }
    bool waits() {
        const auto now = session();
        return is_waiting("front", now->recorded(), now->now());
    }
};

}  // namespace

TEST_CASE("the way back is armed before the first write, and what is done waits") {
    Desk desk;
    const auto outcome = desk.apply_pending(first_of("front"));
    REQUIRE(outcome.has_value());
    CHECK(outcome->exit_code() == 0);
    CHECK(outcome->report.waits);
    CHECK(desk.armed_at == 0);
    CHECK(desk.scene.kernel().count() > 0);
    CHECK(desk.waits());
    CHECK_FALSE(desk.ledger("front").is_confirmed());
    CHECK(desk.ledger("front").unfinished->begin.pending);
}

TEST_CASE("nothing is changed when the way back cannot be armed") {
    Desk desk;
    const auto outcome =
        apply_profiles(*desk.session(), {first_of("front")},
                       {.confirmation = Confirmation{
                            60, [](const std::string&) -> Result<> { return fail("no"); }}});
    CHECK_FALSE(outcome.has_value());
    CHECK(desk.scene.kernel().count() == 0);
}

TEST_CASE("other commands leave alone what waits, and refuse what would change it") {
    Desk desk;
    REQUIRE(desk.apply_pending(first_of("front")).has_value());
    const auto now = desk.scene.snapshot();
    CHECK(desk.scene.recover());
    CHECK(desk.scene.snapshot() == now);
    for (const std::string name : {"front", "other"}) {
        const auto again = desk.scene.apply({first_of(name)});
        REQUIRE(again.has_value());
        CHECK(again->exit_code() == 1);
        CHECK(again->report.failure->where.find("waits to be confirmed") != std::string::npos);
        CHECK(desk.scene.snapshot() == now);
    }
    CHECK(desk.waits());
}

TEST_CASE("what was applied, has drifted and waits to be confirmed is not taken for done") {
    Desk desk;
    REQUIRE(desk.scene.apply({first_of("front")}).has_value());
    REQUIRE(desk.scene.kernel().write("sys/bus/pci/drivers/vfio-pci/unbind", "0000:00:14.0"));
    REQUIRE(desk.apply_pending(first_of("front")).has_value());
    REQUIRE(desk.waits());
    const auto again = desk.scene.apply({first_of("front")});
    REQUIRE(again.has_value());
    CHECK(again->exit_code() == 1);
    CHECK(desk.waits());
}

TEST_CASE("plan tells of what waits where apply would stop at it") {
    Desk desk;
    REQUIRE(desk.apply_pending(first_of("front")).has_value());
    for (const std::string name : {"front", "other"}) {
        const Plan plan = desk.scene.plan({first_of(name)});
        const auto again = desk.scene.apply({first_of(name)});
        REQUIRE(again.has_value());
        REQUIRE(again->report.failure.has_value());
        CHECK(desk.unsettled(plan).waits == again->report.failure);
        CHECK(desk.unsettled(plan).interrupted.empty());
    }
    REQUIRE(keep(*desk.session(), {"front"}).has_value());
    CHECK_FALSE(desk.unsettled(desk.scene.plan({first_of("other")})).waits);
}

TEST_CASE("plan tells of what apply would put back first") {
    Desk desk;
    REQUIRE(desk.apply_pending(first_of("front"), 0).has_value());
    const Unsettled unsettled = desk.unsettled(desk.scene.plan({first_of("front")}));
    REQUIRE(unsettled.interrupted.size() == 1);
    CHECK(unsettled.interrupted.front().starts_with("an apply of front is unfinished"));
    CHECK_FALSE(unsettled.waits);
}

TEST_CASE("what is kept is as if nobody had waited") {
    Desk desk;
    REQUIRE(desk.apply_pending(first_of("front")).has_value());
    const auto now = desk.scene.snapshot();
    REQUIRE(keep(*desk.session(), {"front"}).has_value());
    CHECK(desk.ledger("front").is_confirmed());
    const auto again = desk.scene.apply({first_of("front")});
    REQUIRE(again.has_value());
    CHECK_FALSE(again->report.changed);
    CHECK(desk.scene.snapshot() == now);
    REQUIRE(desk.scene.rollback({"front"}).has_value());
    CHECK(desk.scene.snapshot() == desk.start);
}

TEST_CASE("what is not kept in time goes back to what was before this apply, not to the first") {
    Desk desk;
    REQUIRE(desk.scene.apply({first_of("front")}).has_value());
    const auto before = desk.scene.snapshot();
    REQUIRE(desk.apply_pending(first_of("front", also_second), 0).has_value());
    CHECK(desk.scene.snapshot() != before);
    CHECK(desk.scene.recover());
    CHECK(desk.scene.snapshot() == before);
    CHECK(desk.ledger("front").is_confirmed());
    REQUIRE(desk.scene.rollback({"front"}).has_value());
    CHECK(desk.scene.snapshot() == desk.start);
}

TEST_CASE("a rollback of what waits goes back all the way") {
    Desk desk;
    REQUIRE(desk.scene.apply({first_of("front")}).has_value());
    REQUIRE(desk.apply_pending(first_of("front", also_second)).has_value());
    const auto back = desk.scene.rollback({"front"});
    REQUIRE(back.has_value());
    CHECK(back->report.restored.size() == 2);
    CHECK(desk.scene.snapshot() == desk.start);
    CHECK_FALSE(desk.waits());
}

TEST_CASE("in another boot nothing waits any more") {
    Desk desk;
    REQUIRE(desk.apply_pending(first_of("front")).has_value());
    desk.scene.tree().write("proc/sys/kernel/random/boot_id", "another\n");
    CHECK_FALSE(desk.waits());
    CHECK_FALSE(desk.ledger("front").is_confirmed());
    const auto writes = desk.scene.kernel().count();
    CHECK(desk.scene.recover());
    CHECK(desk.scene.kernel().count() == writes);
    CHECK_FALSE(desk.ledger("front").unfinished);
}

TEST_CASE("while somebody holds the function the way back is only put off") {
    Desk desk;
    REQUIRE(desk.apply_pending(first_of("front")).has_value());
    desk.scene.kernel().hold(4, 4711, "win11");
    const auto held = undo(*desk.session(), {"front"});
    REQUIRE(held.has_value());
    CHECK(held->report.held);
    desk.scene.kernel().release(4);
    const auto back = undo(*desk.session(), {"front"});
    REQUIRE(back.has_value());
    CHECK_FALSE(back->report.held);
    CHECK(desk.scene.snapshot() == desk.start);
}

TEST_CASE("an apply that is interrupted puts everything back") {
    Desk desk;
    desk.scene.kernel().before_write(2, [] { std::raise(SIGTERM); });
    const auto outcome = desk.scene.apply({first_of("front", also_second)});
    REQUIRE(outcome.has_value());
    CHECK(outcome->exit_code() == 1);
    CHECK(outcome->interrupted);
    CHECK(outcome->report.failure->what == "interrupted");
    CHECK(outcome->report.failure->where == "by SIGTERM");
    CHECK(desk.scene.snapshot() == desk.start);
}

TEST_CASE("a rollback goes on through signals") {
    Desk desk;
    REQUIRE(desk.scene.apply({first_of("front", also_second)}).has_value());
    desk.scene.kernel().before_write(desk.scene.kernel().count() + 1, [] { std::raise(SIGINT); });
    const auto outcome = desk.scene.rollback({"front"});
    REQUIRE(outcome.has_value());
    CHECK(outcome->exit_code() == 0);
    CHECK(desk.scene.snapshot() == desk.start);
}
