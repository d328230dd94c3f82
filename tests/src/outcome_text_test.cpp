// SPDX-License-Identifier: GPL-2.0-or-later
// What apply and rollback say in the end.
#include "src/commands/outcome_text.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

#include "src/commands/writing.hpp"
#include "src/render/render_json.hpp"
#include "tests/support/plan_of.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;

namespace {

/// What `action` writes to standard output.
template <typename Action>
std::string printed(const Action& action) {
    const TempDir directory;
    const std::string path = directory.path() + "/out";
    std::fflush(stdout);
    const int kept = ::dup(STDOUT_FILENO);
    REQUIRE(std::freopen(path.c_str(), "w", stdout) != nullptr);
    action();
    std::fflush(stdout);
    ::dup2(kept, STDOUT_FILENO);
    ::close(kept);
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// A machine on which an apply was killed after its last write.
struct Interrupted {
    Scene scene{two_controllers()};
    std::map<std::string, std::string> start = scene.snapshot();

    Interrupted() {
        Scene sound{two_controllers()};
        REQUIRE(sound.apply({profile()}).has_value());
        scene.die_at(Sink::kernel, sound.writes(Sink::kernel), Stage::after);
        CHECK_THROWS_AS((void)scene.apply({profile()}), Killed);
        scene.calm();
    }
    static Profile profile() {
        return profile_of("[[controller]]\naddress = \"0000:00:14.0\"\n", "front");
    }
    /// The next rollback, as the program does it.
    std::string rollback(const Options& options) {
        return printed([&] {
            auto session = Session::open(scene.root(), scene.kernel(), GuestHosts(), scene.state());
            REQUIRE(session.has_value());
            REQUIRE((*session)->recover().has_value());
            const Report& earlier = (*session)->recovery();
            CHECK(run_transactions(
                      {{"rollback", [&] { return roll_back(**session, {"front"}); }}},
                      Console(options),
                      [&](const Outcome& outcome) { return after_rollback(outcome, earlier); },
                      earlier) == 0);
        });
    }
};

}  // namespace

TEST_CASE("what an interrupted run left and this one put back is in the document") {
    Interrupted interrupted;
    REQUIRE(interrupted.scene.snapshot() != interrupted.start);
    Options options;
    options.json = true;
    const auto json =
        nlohmann::json::parse(interrupted.rollback(options), nullptr, /*allow_exceptions=*/false);
    REQUIRE(json.is_object());
    CHECK(json["restored"] == nlohmann::json{"binding 0000:00:14.0"});
    CHECK(json["stuck"].empty());
    CHECK(json["changed"] == true);
    CHECK(interrupted.scene.snapshot() == interrupted.start);
}

TEST_CASE("what an interrupted run left and this one put back is said once") {
    Interrupted interrupted;
    const std::string text = interrupted.rollback(Options{});
    const auto first = text.find("restored  binding 0000:00:14.0");
    REQUIRE(first != text.npos);
    CHECK(text.find("binding 0000:00:14.0", first + 15) == text.npos);
    CHECK(has(text, "an earlier command had left it unfinished"));
    CHECK(has(text, "Nothing more to put back."));
}

TEST_CASE("an apply that failed says that the module it loaded stays") {
    Outcome outcome;
    outcome.report.failure = Error{"no", {}, {}};
    CHECK(after_apply(outcome) == "Everything is as it was.\n");
    outcome.report.done = {"module vfio-pci"};
    outcome.report.changed = true;
    CHECK(after_apply(outcome) == "Everything is as it was, but vfio-pci stays loaded.\n");
}

TEST_CASE("a failure before there was a plan has all members of its command's document") {
    for (const std::string command : {"apply", "rollback"}) {
        const auto json = nlohmann::json::parse(error_json(command, {"no", "there", "try"}));
        CHECK(json["error"]["what"] == "no");
        for (const char* const member :
             {"profiles", "changes", "findings", "done", "restored", "stuck"}) {
            CAPTURE(std::string(member));
            CHECK(json[member] == nlohmann::json::array());
        }
        CHECK(json["changed"] == false);
    }
    CHECK_FALSE(nlohmann::json::parse(error_json("plan", {"no", {}, {}})).contains("done"));
}
