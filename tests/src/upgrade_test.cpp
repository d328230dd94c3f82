// SPDX-License-Identifier: GPL-2.0-or-later
// What an older ctrlpass left (tests/upgrade) is taken over.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "src/commands/applied_profile.hpp"
#include "src/guests/hook_file.hpp"
#include "src/guests/hook_versions.hpp"
#include "src/ledger/ledger.hpp"
#include "src/plan/claims.hpp"
#include "tests/support/scene.hpp"
#include "tests/support/temp_tree.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;

namespace {

namespace fs = std::filesystem;

const fs::path older = fs::path(TESTS_DIR) / "upgrade" / "93a0391";
const std::string boot_of_them = "2ef465fa-3251-4f56-afb2-038bd2318e61";

std::string content(const fs::path& path) {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
}

std::vector<std::string> lines_of(const fs::path& path) {
    std::vector<std::string> lines;
    std::ifstream file(path, std::ios::binary);
    for (std::string line; std::getline(file, line);) lines.push_back(line);
    return lines;
}

std::vector<fs::path> cases() {
    std::vector<fs::path> all;
    for (const auto& folder : fs::directory_iterator(older)) all.push_back(folder.path());
    std::ranges::sort(all);
    REQUIRE(all.size() == 20);
    return all;
}

/// Its ledgers, with the modes that a checkout does not keep.
void take_over(const fs::path& from, const std::string& state) {
    fs::remove_all(state + "/ledger");
    fs::create_directories(state + "/ledger");
    for (const std::string& folder : {state, state + "/ledger"})
        fs::permissions(folder, fs::perms::owner_all);
    for (const auto& ledger : fs::directory_iterator(from / "ledger")) {
        const fs::path copy = fs::path(state) / "ledger" / ledger.path().filename();
        std::ofstream(copy, std::ios::binary) << content(ledger.path());
        fs::permissions(copy, fs::perms::owner_read | fs::perms::owner_write);
    }
}

RecordedProfile front_of(const std::string& name) {
    const TempDir state;
    take_over(older / name, state.path());
    const auto recorded = read_ledgers(state.path());
    REQUIRE_MESSAGE(recorded.has_value(), recorded.error().where);
    return recorded->at("front");
}

/// The machine on which they were made.
MachineTree machine_of_them() {
    return MachineTree::from(
        R"({"boot_id":")" + boot_of_them +
        R"(","roots":{"pci0000:00":"\\_SB_.PCI0"},"drivers":["vfio-pci"],"functions":[
        {"address":"0000:01:00.0","path":"sys/devices/pci0000:00/0000:00:02.0/0000:01:00.0",
         "class":"0c0330","id":"1b36:000d","driver":"xhci_hcd","group":8}]})");
}

/// With the first controller bound as the ledgers have it.
void give_away(Scene& scene) {
    auto& kernel = scene.kernel();
    REQUIRE(kernel.write("sys/bus/pci/devices/0000:01:00.0/driver_override", "vfio-pci"));
    REQUIRE(kernel.write("sys/bus/pci/drivers/xhci_hcd/unbind", "0000:01:00.0"));
    REQUIRE(kernel.write("sys/bus/pci/drivers/vfio-pci/bind", "0000:01:00.0"));
}

}  // namespace

TEST_CASE("every record of an older ctrlpass is read, and written the same by this one") {
    for (const fs::path& one : cases())
        for (const auto& ledger : fs::directory_iterator(one / "ledger"))
            for (const std::string& line : lines_of(ledger.path())) {
                const auto record = parse_record(line);
                REQUIRE_MESSAGE(record.has_value(), ledger.path().string());
                CHECK(to_line(*record) == line);
            }
}

TEST_CASE("the ledgers of an older ctrlpass mean what they meant") {
    CHECK(front_of("applied").is_confirmed());
    CHECK_FALSE(front_of("rolled-back").is_applied());
    CHECK(front_of("guest").entries.size() == 4);  // hostdev, two pins, hook
    CHECK(front_of("bound-and-in-the-definition").entries.size() == 5);
    CHECK(front_of("pending").unfinished->waits_until.has_value());
    CHECK(front_of("pending").unfinished->begin.pending);
    CHECK(front_of("half-applied-5").unfinished->intents.size() == 1);
    CHECK(front_of("half-applied-8").unfinished->intents.size() == 3);
    const RecordedProfile half = front_of("half-rolled-back-6");
    CHECK(half.unfinished->begin.verb == Verb::rollback);
    CHECK(half.entries.size() == 3);  // two are back
}

TEST_CASE("what an older ctrlpass applied is rolled back by this one") {
    Scene scene(machine_of_them());
    give_away(scene);
    SUBCASE("applied") { take_over(older / "applied", scene.state()); }
    SUBCASE("waiting to be confirmed") { take_over(older / "pending", scene.state()); }
    const auto rolled = scene.rollback({"front"});
    REQUIRE(rolled.has_value());
    CHECK(rolled->exit_code() == 0);
    const auto recorded = read_ledgers(scene.state());
    REQUIRE(recorded.has_value());
    CHECK_FALSE(recorded->at("front").is_applied());
    CHECK_FALSE(recorded->at("front").unfinished);
    CHECK(scene.root().link_name("sys/bus/pci/devices/0000:01:00.0/driver") == "xhci_hcd");
}

TEST_CASE("the profile that an older ctrlpass applied is known by its file as long as that is it") {
    const TempDir place;
    const std::string path = place.path() + "/front.toml";
    const std::string text = content(older / "guest" / "profiles.d" / "front.toml");
    RecordedProfile ledger = front_of("guest");
    CHECK(ledger.committed->profile_digest == digest_of(text));
    ledger.committed->profile_path = path;
    CHECK_FALSE(applied_profile(ledger, place.path() + "/state").has_value());
    std::ofstream(path) << text;
    CHECK(applied_profile(ledger, place.path() + "/state").value().text == text);
    std::ofstream(path) << text << "# changed\n";
    CHECK_FALSE(applied_profile(ledger, place.path() + "/state").has_value());
}

TEST_CASE("a hook of an older ctrlpass is known, with the state directory that it names") {
    const auto state_in = [](const std::string& name) {
        return state_named_by_hook(content(older / name / "hook.txt"));
    };
    CHECK(state_in("guest") == "/var/lib/ctrlpass");
    CHECK(state_in("state-elsewhere-1") == "/var/lib/it's here");
    CHECK(state_in("state-elsewhere-2") == "/var/lib/a\tb");
    CHECK(content(older / "guest" / "hook.txt") == hook_text("/var/lib/ctrlpass"));
    CHECK(content(older / "state-elsewhere-1" / "hook.txt") == hook_text("/var/lib/it's here"));
    CHECK(content(older / "state-elsewhere-2" / "hook.txt") != hook_text("/var/lib/a\tb"));
    CHECK_FALSE(state_named_by_hook("#!/bin/sh\nexit 0\n"));
    CHECK_FALSE(state_named_by_hook(hook_text("/srv") + "reboot\n"));
    CHECK_FALSE(state_named_by_hook(hook_with(" --state $(reboot)")));
    CHECK_FALSE(state_named_by_hook(hook_with(" --state /a; reboot")));
    for (const std::string state :
         {"/srv/x", "/a b", "/it's", "/a\nb", "/\xff\x01%d-\\", "/end\n\n"})
        CHECK(state_named_by_hook(hook_text(state)) == state);
}

TEST_CASE("a hook that an older ctrlpass wrote is no conflict, is renewed, and goes back") {
    const Setting hook = FileSetting{hook_path};
    const std::string place = "/var/lib/a\tb";
    const State old = FileState{content(older / "state-elsewhere-2" / "hook.txt"), 0};
    const State renewed = FileState{hook_text(place), 0};
    const State absent = FileState{{}, 2};
    REQUIRE(old != renewed);
    const auto ledger_of = [&](const std::string& name, const State& after) {
        RecordedProfile ledger;
        ledger.name = name;
        ledger.committed = BeginRecord{};
        ledger.entries = {{hook, absent, after, "b"}};
        return ledger;
    };
    const Recorded recorded{{"front", ledger_of("front", old)}, {"rear", ledger_of("rear", old)}};
    const std::vector<Wanted> wanted{{"front", hook, renewed, "guards"}};
    const Claims claims = make_claims({"front"}, wanted, recorded, "b", {{hook, old}});
    CHECK(claims.conflicts.empty());
    REQUIRE(claims.changes.size() == 1);
    CHECK(claims.changes.front().before == old);
    CHECK(claims.changes.front().origin == absent);
    // rear's ledger has the old text, and the file the new one.
    CHECK(is_equivalent(renewed, old));
    CHECK(is_on_the_way(renewed, absent, old));
    // Another state directory, and what somebody else wrote, are neither.
    CHECK_FALSE(is_equivalent(FileState{hook_text("/srv"), 0}, old));
    CHECK_FALSE(is_equivalent(FileState{"#!/bin/sh\n", 0}, old));
    CHECK_FALSE(is_equivalent(absent, old));
}
