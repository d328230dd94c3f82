// SPDX-License-Identifier: GPL-2.0-or-later
// A ledger that cannot be read stops its own profile: what it names, or may name, is left alone.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "src/commands/unconfirmed.hpp"
#include "src/ledger/broken.hpp"
#include "tests/support/ledger_files.hpp"
#include "tests/support/plan_of.hpp"
#include "tests/support/run_program.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;

namespace {

namespace fs = std::filesystem;

const std::string first = "0000:00:14.0";
const std::string second = "0000:00:15.0";

Profile on(const std::string& name, const std::string& address) {
    return profile_of("[[controller]]\naddress = \"" + address + "\"\n", name);
}

/// Two controllers; profile "rear" may be applied to the second.
struct Desk {
    Scene scene{two_controllers()};
    std::map<std::string, std::string> start = scene.snapshot();
    std::string rear = scene.state() + "/ledger/rear.jsonl";

    void apply(const Profile& profile) {
        const auto outcome = scene.apply({profile});
        REQUIRE(outcome.has_value());
        REQUIRE(outcome->exit_code() == 0);
    }
    int code(const Profile& profile) {
        const auto outcome = scene.apply({profile});
        return outcome ? outcome->exit_code() : exit_code_of(outcome.error());
    }
    void add(const std::string& text) const {
        std::ofstream(rear, std::ios::app | std::ios::binary) << text;
    }
    void replace(const std::string& text) const {
        fs::create_directories(scene.state() + "/ledger");
        std::ofstream(rear, std::ios::binary) << text;
        ::chmod(rear.c_str(), 0600);
    }
    BrokenLedger broken() const {
        const auto recorded = read_ledgers(scene.state());
        REQUIRE(recorded.has_value());
        REQUIRE(recorded->at("rear").broken.has_value());
        return *recorded->at("rear").broken;
    }
    std::string driver(const std::string& address) { return scene.snapshot().at(address); }
};

/// What can be the matter with a ledger whose lines can all be read but for one.
std::vector<std::string> bad_lines() {
    return {"my own notes\n",
            "{\"record\":\"dance\"}\n",
            "{\"record\":\"begin\",\"format\":2}\n",
            "{\"record\":\"intent\",\"setting\":\"binding 0000:00:15.0\"}\n",
            std::string("\0\0\0\n", 4),
            "\xff\xfe\n",
            "[[[[[[[[[[[[[[[[[[[[[[[[\n",
            "tail without an end"};
}

}  // namespace

TEST_CASE("one broken ledger stops its own profile and no other") {
    for (const std::string& line : bad_lines()) {
        CAPTURE(line);
        Desk desk;
        desk.apply(on("rear", second));
        desk.add(line);
        const auto file = fs::file_size(desk.rear);
        CHECK(desk.broken().is_known);
        CHECK(desk.broken().settings == std::vector<Setting>{BindingSetting{{0, 0, 0x15, 0}}});
        CHECK(desk.code(on("front", first)) == 0);
        CHECK(desk.code(on("rear", second)) == 1);
        const auto back = desk.scene.rollback({"front"});
        REQUIRE(back.has_value());
        CHECK(back->exit_code() == 0);
        CHECK(desk.driver(first) == desk.start.at(first));
        CHECK(desk.driver(second) == "vfio-pci vfio-pci");
        CHECK(fs::file_size(desk.rear) == file);
    }
}

TEST_CASE("what a broken ledger names is claimed") {
    Desk desk;
    desk.apply(on("rear", second));
    desk.add("my own notes\n");
    const Plan plan = desk.scene.plan({on("front", second)});
    CHECK(message(plan, "setting-claimed") ==
          "the ledger of profile rear cannot be read, and names it");
    CHECK(find(plan, "setting-claimed")->subject == "binding " + second);
    CHECK(has(hint(plan, "setting-claimed"), "rear.jsonl:5"));
    CHECK(plan.is_refused());
    CHECK(desk.code(on("front", second)) == 3);
}

TEST_CASE("a rollback leaves what a broken ledger names, and goes on when that is mended") {
    Desk desk;
    desk.apply(on("rear", second));
    desk.apply(profile_of(first_controller + "[[controller]]\naddress = \"" + second + "\"\n"));
    const auto whole = fs::file_size(desk.rear);
    desk.add("my own notes\n");
    const auto back = desk.scene.rollback({"front"});
    REQUIRE(back.has_value());
    CHECK(back->exit_code() == 5);
    REQUIRE(back->report.stuck.size() == 1);
    CHECK(back->report.stuck.front().setting == "binding " + second);
    CHECK(has(back->report.stuck.front().reason, "the ledger of profile rear cannot be read"));
    CHECK(desk.driver(first) == desk.start.at(first));
    CHECK(desk.driver(second) == "vfio-pci vfio-pci");
    fs::resize_file(desk.rear, whole);
    CHECK(desk.scene.recover());
    CHECK(desk.driver(second) == "vfio-pci vfio-pci");  // rear still wants it so
    REQUIRE(desk.scene.rollback({"rear"}).has_value());
    CHECK(desk.scene.snapshot() == desk.start);
}

TEST_CASE("of several profiles the readable ones are rolled back, and the broken one is stuck") {
    Desk desk;
    desk.apply(on("rear", second));
    desk.apply(on("front", first));
    desk.add("my own notes\n");
    const auto back = desk.scene.rollback({"front", "rear"});
    REQUIRE(back.has_value());
    CHECK(back->exit_code() == 5);
    REQUIRE(back->report.stuck.size() == 1);
    CHECK(back->report.stuck.front().setting == "ledger of rear");
    CHECK(desk.driver(first) == desk.start.at(first));
}

TEST_CASE("where nothing of a ledger can be read nothing new is applied, and what is stays") {
    for (const std::string text : {"my own notes\n",
                                   "\x7f"
                                   "ELF\x02\x01",
                                   "{}\n{}\n"}) {
        CAPTURE(text);
        Desk desk;
        desk.apply(on("front", first));
        const auto applied = desk.scene.snapshot();
        desk.replace(text);
        CHECK_FALSE(desk.broken().is_known);
        CHECK(desk.code(on("other", second)) == 3);
        const Plan plan = desk.scene.plan({on("other", second)});
        CHECK(message(plan, "setting-claimed") ==
              "the ledger of profile rear cannot be read, and it is not known what it claims");
        CHECK(find(plan, "setting-claimed")->subject == "ledger of rear");
        // Nothing is to be changed: that is no new apply.
        CHECK(desk.code(on("front", first)) == 0);
        const auto back = desk.scene.rollback({"front"});
        REQUIRE(back.has_value());
        CHECK(back->exit_code() == 5);
        CHECK(desk.scene.snapshot() == applied);
        fs::remove(desk.rear);
        CHECK(desk.scene.recover());
        CHECK(desk.scene.snapshot() == desk.start);
    }
}

TEST_CASE("what is back already is given up whatever a broken ledger may claim") {
    Desk desk;
    desk.apply(on("front", first));
    REQUIRE(desk.scene.kernel().write("sys/bus/pci/drivers/vfio-pci/unbind", first));
    REQUIRE(desk.scene.kernel().write("sys/bus/pci/devices/" + first + "/driver_override", "\n"));
    REQUIRE(desk.scene.kernel().write("sys/bus/pci/drivers_probe", first));
    REQUIRE(desk.driver(first) == desk.start.at(first));
    desk.replace("my own notes\n");
    const auto back = desk.scene.rollback({"front"});
    REQUIRE(back.has_value());
    CHECK(back->exit_code() == 0);
}

TEST_CASE("an interrupted apply is undone: nobody else can have come to share it") {
    for (const std::string text : {"my own notes\n", ""}) {
        Desk desk;
        desk.scene.die_at(Sink::kernel, 2, Stage::after);
        CHECK_THROWS_AS((void)desk.scene.apply({on("front", first)}), Killed);
        desk.scene.calm();
        if (!text.empty()) desk.replace(text);
        CHECK(desk.scene.recover());
        CHECK(desk.scene.snapshot() == desk.start);
    }
}

TEST_CASE("an apply of two profiles that one broken ledger shows as kept is kept for the other") {
    Desk desk;
    const BeginRecord begin{.transaction = "both", .boot = "b"};
    const auto begun = [&](const std::string& name, bool committed) {
        const std::string file = desk.scene.state() + "/ledger/" + name + ".jsonl";
        fs::create_directories(desk.scene.state() + "/ledger");
        ::chmod((desk.scene.state() + "/ledger").c_str(), 0700);
        std::ofstream(file, std::ios::binary)
            << to_line(begin) << "\n"
            << (committed ? to_line(CommitRecord{}) + "\nmy own notes\n" : "");
        ::chmod(file.c_str(), 0600);
    };
    begun("rear", true);
    begun("front", false);
    CHECK(desk.broken().committed);
    CHECK(desk.scene.recover());
    CHECK(read_ledgers(desk.scene.state())->at("front").is_confirmed());
}

TEST_CASE("a ledger of others, of a wrong kind, or with a wrong mode is broken by itself") {
    const auto is_known = [](auto&& spoil) {
        Desk desk;
        desk.apply(on("rear", second));
        spoil(desk.rear);
        const bool known = desk.broken().is_known;
        CHECK(desk.code(on("front", first)) == (known ? 0 : 3));
        CHECK(desk.code(on("front", second)) == 3);
        CHECK(desk.code(on("rear", second)) == 1);
        return known;
    };
    CHECK(is_known([](const std::string& file) { ::chmod(file.c_str(), 0622); }));
    if (::geteuid() == 0)
        CHECK(is_known(
            [](const std::string& file) { REQUIRE(::chown(file.c_str(), 65534, 65534) == 0); }));
    CHECK_FALSE(is_known([](const std::string& file) {
        fs::remove(file);
        fs::create_symlink("/etc/passwd", file);
    }));
    CHECK_FALSE(is_known([](const std::string& file) {
        fs::remove(file);
        fs::create_directory(file);
    }));
    CHECK_FALSE(is_known([](const std::string& file) {
        fs::remove(file);
        REQUIRE(::mkfifo(file.c_str(), 0600) == 0);
    }));
    // Longer than any ctrlpass writes: what stands at its end is not known.
    CHECK_FALSE(is_known([](const std::string& file) { fs::resize_file(file, 200U << 20U); }));
}

TEST_CASE("settings of domains that a broken line names without the domain are not known") {
    Desk desk;
    desk.replace("{\"record\":\"done\",\"setting\":\"hostdev win11 0000:00:15.0\"}\n");
    CHECK_FALSE(desk.broken().is_known);
    desk.replace(
        "{\"record\":\"done\",\"setting\":\"hostdev win11 "
        "0000:00:15.0\",\"uri\":\"qemu:///system\","
        "\"uuid\":\"3f2a\"}\nmy own notes\n");
    CHECK(desk.broken().is_known);
    CHECK(desk.broken().may_claim(HostdevSetting{{"qemu:///system", "3f2a", ""}, {0, 0, 0x15, 0}}));
    CHECK_FALSE(desk.broken().may_claim(BindingSetting{{0, 0, 0x15, 0}}));
}

TEST_CASE("a profile keeps the way back of what it lets go while a broken ledger names that") {
    Desk desk;
    desk.apply(on("rear", second));
    desk.apply(profile_of(first_controller + "[[controller]]\naddress = \"" + second + "\"\n"));
    const auto whole = fs::file_size(desk.rear);
    desk.add("my own notes\n");
    CHECK(desk.code(on("front", first)) == 0);
    CHECK(desk.driver(second) == "vfio-pci vfio-pci");
    const auto entries = read_ledgers(desk.scene.state())->at("front").entries;
    CHECK(std::ranges::find(entries, Setting(BindingSetting{{0, 0, 0x15, 0}}), &Entry::setting) !=
          entries.end());
    fs::resize_file(desk.rear, whole);
    REQUIRE(desk.scene.rollback({"rear"}).has_value());
    REQUIRE(desk.scene.rollback({"front"}).has_value());
    CHECK(desk.scene.snapshot() == desk.start);
}

TEST_CASE("status, log and rollback --all tell of a broken ledger, and do the rest") {
    if (::geteuid() != 0) {
        MESSAGE("skipped: only root can roll back");
        return;
    }
    const TempDir directory;
    const std::string state = directory.path() + "/state";
    const LedgerFiles ledgers(state);
    const std::string file = directory.path() + "/a file";
    const Setting setting = FileSetting{file};
    std::ofstream(file) << "mine\n";
    const State mine = FileState{"mine\n", 0};
    for (const std::string name : {"front", "rear"})
        ledgers.apply(name, "b", setting, FileState{}, mine);
    const std::string other = directory.path() + "/other";
    std::ofstream(other) << "mine\n";
    ledgers.apply("third", "b", FileSetting{other}, FileState{}, mine);
    std::ofstream(state + "/ledger/rear.jsonl", std::ios::app) << "\x1b]0;owned\x07\n";
    const auto run = [&](const std::string& words) {
        return run_command(std::string(CTRLPASS_BINARY) + " " + words + ledgers.option());
    };
    const Run status = run("status");
    CHECK(status.code == 1);
    CHECK_MESSAGE(has(status.output, "its ledger cannot be read"), status.output);
    CHECK(has(status.output, "rear.jsonl:5"));
    CHECK(has(status.output, "? file " + file));
    CHECK(run("status front").code == 0);
    const auto json =
        nlohmann::ordered_json::parse(run_command(std::string(CTRLPASS_BINARY) + " status --json" +
                                                  ledgers.option() + " 2>/dev/null")
                                          .output);
    CHECK(json["profiles"][1]["named"] == nlohmann::ordered_json::array({"file " + file}));
    CHECK(json["profiles"][1]["claims_known"] == true);
    CHECK(json["profiles"][1]["drift"].is_null());
    CHECK(json["profiles"][0]["drift"] == false);
    const Run metrics = run("metrics");
    CHECK_FALSE(has(metrics.output, "ctrlpass_profile_drift{profile=\"rear\"}"));
    CHECK(has(metrics.output, "ctrlpass_profile_drift{profile=\"front\"} 0"));
    CHECK(has(metrics.output, "ctrlpass_profile_ledger_broken{profile=\"rear\"} 1"));
    CHECK(has(metrics.output, "ctrlpass_profile_ledger_broken{profile=\"front\"} 0"));
    const Run complete = run("confirm --boot");
    CHECK_MESSAGE(complete.code == 5, complete.output);
    CHECK(has(complete.output, "ledger of rear"));
    CHECK(has(complete.output, "rear.jsonl:5"));
    CHECK(run("log rear").code == 1);
    CHECK(run("log third").code == 0);
    CHECK(run("confirm rear").code == 1);
    CHECK(run("rollback rear").code == 1);
    CHECK(run("rollback --all --dry-run").code == 5);
    const Run doctor = run("doctor");
    CHECK_MESSAGE(has(doctor.output, "rear.jsonl:5"), doctor.output);
    // What it has unfinished is not known: left, and named.
    const Run unfinished = run("rollback --unfinished");
    CHECK(unfinished.code == 5);
    CHECK(has(unfinished.output, "ledger of rear"));
    const Run back = run("rollback --all");
    CHECK_MESSAGE(back.code == 5, back.output);
    CHECK(has(back.output, "the ledger of profile rear cannot be read, and names it"));
    CHECK(fs::exists(file));
    CHECK_FALSE(fs::exists(other));
    fs::remove(state + "/ledger/rear.jsonl");
    CHECK(run("confirm --boot").code == 0);
    CHECK(run("rollback --unfinished").code == 0);
    CHECK_FALSE(fs::exists(file));
}
