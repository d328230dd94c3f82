// SPDX-License-Identifier: GPL-2.0-or-later
// A write that hangs in the kernel: what it stops and what goes on.
#include <doctest/doctest.h>

#include <algorithm>

#include "tests/support/plan_of.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;

namespace {

Profile profile_at(const std::string& name, const std::string& address) {
    return profile_of("[[controller]]\naddress = \"" + address + "\"\n", name);
}

const std::string hanging = "binding 0000:00:15.0";

/// Two profiles with a controller each are applied, and the unbind of the second one's hangs.
struct Hang {
    Scene scene{two_controllers()};
    Profile a = profile_at("a", "0000:00:14.0");
    Profile b = profile_at("b", "0000:00:15.0");
    std::map<std::string, std::string> start = scene.snapshot();
    Report report;

    Hang() {
        REQUIRE(scene.apply({a}).has_value());
        REQUIRE(scene.apply({b}).has_value());
        // After all questions: the override is written first, then it is taken.
        scene.kernel().before_write(scene.kernel().count() + 2,
                                    [this] { scene.kernel().hold(5, 4711, "win11"); });
        const auto back = scene.rollback({"a", "b"});
        REQUIRE(back.has_value());
        report = back->report;
    }
};

bool has_finding(const Plan& plan, const std::string& code) {
    return std::ranges::find(plan.findings, code, &Finding::code) != plan.findings.end();
}

}  // namespace

TEST_CASE("a write that hangs is listed as stuck and the rest goes back") {
    const Hang hang;
    REQUIRE(hang.report.stuck.size() == 1);
    CHECK(hang.report.stuck.front().setting == hanging);
    CHECK(hang.report.stuck.front().reason.find("did not come back") != std::string::npos);
    CHECK(hang.report.restored == std::vector<std::string>{"binding 0000:00:14.0"});
    CHECK(hang.scene.snapshot().at("0000:00:14.0") == hang.start.at("0000:00:14.0"));
}

TEST_CASE("a function whose write hangs is refused, and others are not") {
    Hang hang;
    CHECK(has_finding(hang.scene.plan({hang.b}), "stuck-function"));
    const auto refused = hang.scene.apply({hang.b});
    REQUIRE(refused.has_value());
    CHECK(refused->exit_code() == 3);
    CHECK_FALSE(has_finding(hang.scene.plan({hang.a}), "stuck-function"));
    const auto other = hang.scene.apply({hang.a});
    REQUIRE(other.has_value());
    CHECK(other->exit_code() == 0);
    CHECK(other->report.done == std::vector<std::string>{"binding 0000:00:14.0"});
    const auto back = hang.scene.rollback({"a"});
    REQUIRE(back.has_value());
    CHECK(back->exit_code() == 0);
}

TEST_CASE("a profile whose write hangs cannot be rolled back, is told why and not touched") {
    Hang hang;
    const auto writes = hang.scene.kernel().count();
    const auto back = hang.scene.rollback({"b"});
    REQUIRE(back.has_value());
    CHECK(back->exit_code() == 5);
    REQUIRE(back->report.stuck.size() == 1);
    CHECK(back->report.stuck.front().setting == hanging);
    CHECK(back->report.stuck.front().reason.find("hangs in process") != std::string::npos);
    CHECK(hang.scene.kernel().count() == writes);
}

TEST_CASE("when the write comes back after all, its profile is put right") {
    Hang hang;
    hang.scene.kernel().release(5);
    CHECK_FALSE(has_finding(hang.scene.plan({hang.b}), "stuck-function"));
    const auto back = hang.scene.rollback({"b"});
    REQUIRE(back.has_value());
    CHECK(back->exit_code() == 0);
    CHECK(hang.scene.snapshot() == hang.start);
}
