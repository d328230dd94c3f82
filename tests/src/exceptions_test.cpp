// SPDX-License-Identifier: GPL-2.0-or-later
// A transaction that an exception ends: no memory, mostly.
#include <doctest/doctest.h>

#include <new>
#include <stdexcept>

#include "src/commands/after_exception.hpp"
#include "src/commands/unconfirmed.hpp"
#include "tests/support/plan_of.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;

namespace {

[[noreturn]] void no_memory() { throw std::bad_alloc(); }

/// Profile front, of both controllers.
struct Desk {
    Scene scene{two_controllers()};
    std::map<std::string, std::string> start = scene.snapshot();
    Profile profile = profile_of(first_controller + "[[controller]]\naddress = \"0000:00:15.0\"\n");

    std::unique_ptr<Session> session() {
        auto opened = Session::open(scene.root(), scene.kernel(), GuestHosts(), scene.state());
        REQUIRE(opened.has_value());
        return std::move(*opened);
    }
    Outcome apply(const std::function<void()>& afterwards = [] {}) {
        const auto now = session();
        auto outcome = undone_if_it_throws(*now, [&] {
            auto applied = apply_profiles(*now, {profile});
            afterwards();
            return applied;
        });
        REQUIRE(outcome.has_value());
        return *outcome;
    }
    Outcome roll_back_front() {
        const auto now = session();
        auto outcome = undone_if_it_throws(*now, [&] { return roll_back(*now, {"front"}); });
        REQUIRE(outcome.has_value());
        return *outcome;
    }
    bool is_unfinished() {
        const auto recorded = read_ledgers(scene.state());
        REQUIRE(recorded.has_value());
        const auto front = recorded->find("front");
        return front != recorded->end() && front->second.unfinished.has_value();
    }
};

/// How many writes to the kernel an apply makes; twice as many come with its way back.
int writes_of_an_apply() {
    Desk desk;
    REQUIRE(desk.apply().exit_code() == 0);
    return desk.scene.kernel().count();
}

}  // namespace

TEST_CASE("an apply that has no memory left at any of its writes is undone at once") {
    const int writes = writes_of_an_apply();
    REQUIRE(writes >= 4);
    for (int k = 1; k <= writes; ++k) {
        CAPTURE(k);
        Desk desk;
        desk.scene.kernel().before_write(k, no_memory);
        const Outcome outcome = desk.apply();
        CHECK(outcome.exit_code() == 1);
        REQUIRE(outcome.report.failure);
        CHECK(outcome.report.failure->where == "there is not enough memory");
        CHECK(desk.scene.snapshot() == desk.start);
        CHECK_FALSE(desk.is_unfinished());
    }
}

TEST_CASE("whatever else is thrown is told, and undone as well") {
    Desk desk;
    SUBCASE("an exception of the standard library") {
        desk.scene.kernel().before_write(2, [] { throw std::runtime_error("a broken link"); });
        CHECK(desk.apply().report.failure->where == "a broken link");
    }
    SUBCASE("anything") {
        desk.scene.kernel().before_write(2, [] { throw 7; });
        CHECK(desk.apply().report.failure->where == "for a reason that is not known");
    }
    CHECK(desk.scene.snapshot() == desk.start);
    CHECK_FALSE(desk.is_unfinished());
}

TEST_CASE("an apply that cannot be undone either names its transaction, and the next one does it") {
    Desk desk;
    for (int k = 3; k < 100; ++k) desk.scene.kernel().before_write(k, no_memory);
    const Outcome outcome = desk.apply();
    CHECK(outcome.exit_code() == 5);
    REQUIRE(outcome.report.stuck.size() == 1);
    const auto recorded = read_ledgers(desk.scene.state());
    REQUIRE(desk.is_unfinished());
    CHECK(outcome.report.stuck.front().setting ==
          "transaction " + recorded->at("front").unfinished->begin.transaction);
    CHECK(has(outcome.report.stuck.front().reason, "ctrlpass rollback --unfinished"));
    desk.scene.calm();
    CHECK(desk.scene.recover());
    CHECK(desk.scene.snapshot() == desk.start);
}

TEST_CASE("what throws before anything is begun is a failure and leaves no trace") {
    Desk desk;
    const auto now = desk.session();
    const auto outcome =
        undone_if_it_throws(*now, []() -> Result<Outcome> { throw std::bad_alloc(); });
    REQUIRE(outcome.has_value());
    CHECK(outcome->exit_code() == 1);
    CHECK(desk.scene.kernel().count() == 0);
    CHECK(read_ledgers(desk.scene.state())->empty());
}

TEST_CASE("what throws behind the commit takes nothing back") {
    Desk desk;
    const Outcome outcome = desk.apply(no_memory);
    CHECK(outcome.exit_code() == 0);
    CHECK(outcome.report.changed);
    CHECK(read_ledgers(desk.scene.state())->at("front").is_confirmed());
    CHECK(desk.scene.snapshot() != desk.start);
}

TEST_CASE("a rollback that throws is finished at once") {
    const int writes = writes_of_an_apply();
    for (int k = 1; k <= writes; ++k) {
        CAPTURE(k);
        Desk desk;
        REQUIRE(desk.apply().exit_code() == 0);
        desk.scene.kernel().before_write(desk.scene.kernel().count() + k, no_memory);
        CHECK(desk.roll_back_front().exit_code() == 0);
        CHECK(desk.scene.snapshot() == desk.start);
        CHECK_FALSE(desk.is_unfinished());
    }
}

TEST_CASE("another transaction that was stuck before is none of this one's doing") {
    Desk desk;
    desk.scene.die_at(Sink::kernel, 3, Stage::before);
    CHECK_THROWS_AS((void)desk.scene.apply({desk.profile}), Killed);
    desk.scene.calm();
    const auto now = desk.session();
    const auto outcome =
        undone_if_it_throws(*now, []() -> Result<Outcome> { throw std::bad_alloc(); });
    REQUIRE(outcome.has_value());
    CHECK(outcome->exit_code() == 1);
    CHECK(outcome->report.restored.empty());
    CHECK(desk.is_unfinished());
}

TEST_CASE("a recovery that throws goes on where it was, and says what it leaves") {
    Desk desk;
    desk.scene.die_at(Sink::kernel, 4, Stage::before);
    CHECK_THROWS_AS((void)desk.scene.apply({desk.profile}), Killed);
    desk.scene.calm();
    const auto now = desk.session();
    SUBCASE("once") {
        desk.scene.kernel().before_write(1, no_memory);
        const auto recovered = recover_firmly(*now);
        REQUIRE(recovered.has_value());
        CHECK(recovered->value().stuck.empty());
        CHECK(desk.scene.snapshot() == desk.start);
    }
    SUBCASE("always") {
        for (int k = 1; k < 100; ++k) desk.scene.kernel().before_write(k, no_memory);
        const auto recovered = recover_firmly(*now);
        REQUIRE_FALSE(recovered.has_value());
        CHECK(recovered.error().trouble == Trouble::unrecoverable);
        CHECK(
            has(recovered.error().what,
                "front (transaction " + now->recorded().at("front").unfinished->begin.transaction));
        CHECK(has(recovered.error().hint, "ctrlpass rollback --unfinished"));
    }
}

TEST_CASE("an apply that waited and throws while it is undone is undone nevertheless") {
    Desk desk;
    const auto applied = apply_profiles(
        *desk.session(), {desk.profile},
        {.confirmation = Confirmation{600, [](const std::string&) { return Result<>{}; }}});
    REQUIRE(applied.has_value());
    REQUIRE(applied->report.waits);
    desk.scene.kernel().before_write(desk.scene.kernel().count() + 2, no_memory);
    const Outcome outcome = desk.roll_back_front();
    CHECK(outcome.exit_code() == 1);
    CHECK(desk.scene.snapshot() == desk.start);
    CHECK_FALSE(desk.is_unfinished());
}
