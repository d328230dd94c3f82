// SPDX-License-Identifier: GPL-2.0-or-later
// Properties that hold for every captured machine with a wish (tests/scenarios). What a death or a
// refusal at any of their writes leaves is in tests/matrix.
#include <doctest/doctest.h>

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
