// SPDX-License-Identifier: GPL-2.0-or-later
// Properties that hold for every captured machine with a wish (tests/scenarios).
#include <doctest/doctest.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>

#include "src/render/render.hpp"
#include "tests/support/scene.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;

namespace {

std::string text_of(const Plan& plan) { return plan_text(plan, Style()); }

/// Scenarios in which something can be done.
std::vector<Scenario> feasible_scenarios() {
    std::vector<Scenario> feasible;
    for (const Scenario& scenario : all_scenarios())
        if (!Scene(scenario).plan({scenario.profile}).is_refused()) feasible.push_back(scenario);
    return feasible;
}

/// How many kernel writes an undisturbed apply makes.
int writes_of_apply(const Scenario& scenario) {
    Scene scene(scenario);
    REQUIRE(scene.apply({scenario.profile}).has_value());
    return scene.kernel().count();
}

}  // namespace

TEST_CASE("every scenario has the plan that is written beside it") {
    for (const Scenario& scenario : all_scenarios()) {
        CAPTURE(scenario.name);
        const std::string text = text_of(Scene(scenario).plan({scenario.profile}));
        if (std::getenv("CTRLPASS_UPDATE") != nullptr)
            std::ofstream(scenario.plan_path) << text;
        else
            CHECK(text == scenario.expected_plan);
    }
}

TEST_CASE("a refused plan touches nothing") {
    for (const Scenario& scenario : all_scenarios()) {
        CAPTURE(scenario.name);
        Scene scene(scenario);
        if (!scene.plan({scenario.profile}).is_refused()) continue;
        const auto start = scene.snapshot();
        const auto outcome = scene.apply({scenario.profile});
        REQUIRE(outcome.has_value());
        CHECK(outcome->refused);
        CHECK(scene.snapshot() == start);
        CHECK(scene.kernel().count() == 0);
    }
}

TEST_CASE("apply does what the plan says, a second apply does nothing, rollback gives the start") {
    for (const Scenario& scenario : feasible_scenarios()) {
        CAPTURE(scenario.name);
        Scene scene(scenario);
        const auto start = scene.snapshot();
        const auto first = scene.apply({scenario.profile});
        REQUIRE(first.has_value());
        CHECK_FALSE(first->report.failure);
        CHECK(first->report.done.size() == first->plan.changes.size());
        const auto applied = scene.snapshot();
        const int writes = scene.kernel().count();
        const auto second = scene.apply({scenario.profile});
        REQUIRE(second.has_value());
        CHECK(second->plan.changes.empty());
        CHECK_FALSE(second->report.changed);
        CHECK(scene.kernel().count() == writes);
        CHECK(scene.snapshot() == applied);
        const auto back = scene.rollback({scenario.profile.name});
        REQUIRE(back.has_value());
        CHECK(back->report.stuck.empty());
        CHECK(scene.snapshot() == start);
    }
}

TEST_CASE("killed at any write, a rollback gives the start and an apply the wanted end") {
    int cases = 0;
    for (const Scenario& scenario : feasible_scenarios()) {
        const int writes = writes_of_apply(scenario);
        for (int k = 1; k <= writes; ++k) {
            for (const auto moment : {FakeKernel::Moment::before, FakeKernel::Moment::during,
                                      FakeKernel::Moment::after}) {
                for (const bool forward : {false, true}) {
                    CAPTURE(scenario.name);
                    CAPTURE(k);
                    Scene scene(scenario);
                    const auto start = scene.snapshot();
                    scene.kernel().die_at_write(k, moment);
                    CHECK_THROWS_AS((void)scene.apply({scenario.profile}), Killed);
                    ++cases;
                    scene.kernel().settle();
                    if (forward) {
                        const auto again = scene.apply({scenario.profile});
                        REQUIRE(again.has_value());
                        CHECK_FALSE(again->report.failure);
                    } else {
                        CHECK(scene.recover());
                    }
                    const auto back = scene.rollback({scenario.profile.name});
                    REQUIRE(back.has_value());
                    CHECK(back->report.stuck.empty());
                    CHECK(scene.snapshot() == start);
                }
            }
        }
    }
    MESSAGE("killed in " << cases << " ways");
    CHECK(cases > 0);
}

TEST_CASE("killed at a write to a definition, a rollback gives the start") {
    int cases = 0;
    for (const Scenario& scenario : feasible_scenarios()) {
        Scene scene(scenario);
        const auto start = scene.snapshot();
        scene.domains().before_write = [](int write) { throw Killed{write}; };
        bool killed = false;
        try {
            const auto outcome = scene.apply({scenario.profile});
            REQUIRE(outcome.has_value());
        } catch (const Killed&) {
            killed = true;
        }
        if (!killed) continue;  // without [vm]
        ++cases;
        scene.domains().before_write = nullptr;
        const auto back = scene.rollback({scenario.profile.name});
        REQUIRE(back.has_value());
        CHECK(scene.snapshot() == start);
    }
    CHECK(cases > 0);
}

TEST_CASE("whatever write is refused, everything is as it was or as it was wanted") {
    int cases = 0;
    for (const Scenario& scenario : feasible_scenarios()) {
        const int writes = writes_of_apply(scenario);
        for (int k = 1; k <= writes; ++k) {
            for (const int error_number : {EBUSY, ENODEV, EIO, EINVAL, EPERM, EACCES, ENOSPC}) {
                CAPTURE(scenario.name);
                CAPTURE(k);
                CAPTURE(error_number);
                Scene scene(scenario);
                const auto start = scene.snapshot();
                scene.kernel().refuse_write(k, error_number);
                const auto outcome = scene.apply({scenario.profile});
                ++cases;
                REQUIRE(outcome.has_value());
                CHECK(outcome->report.stuck.empty());
                // An ENODEV can mean that somebody else was faster, and is tried again.
                if (outcome->report.failure)
                    CHECK(scene.snapshot() == start);
                else
                    CHECK(error_number == ENODEV);
                const auto back = scene.rollback({scenario.profile.name});
                REQUIRE(back.has_value());
                CHECK(scene.snapshot() == start);
            }
        }
    }
    MESSAGE("refused in " << cases << " ways");
    CHECK(cases > 0);
}
