// SPDX-License-Identifier: GPL-2.0-or-later
// Where a bound of a reader is met, what lies beyond it is not passed over silently.
#include <filesystem>

#include "src/capture/capture.hpp"
#include "tests/src/captured_machine.hpp"
#include "tests/src/diagnosed.hpp"
#include "tests/support/temp_tree.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;

namespace {

std::string notes_in(const std::vector<Finding>& findings) {
    std::string text;
    for (const Finding& finding : findings) {
        if (finding.code != "not-known") continue;
        CHECK(finding.severity == Severity::note);
        text += finding.message + "\n";
    }
    return text;
}

/// The notes of a plan, which are those of a plan on the machine's capture too.
std::string notes_of(Scene& scene) {
    const std::string here = notes_in(scene.plan({small_profile()}).findings);
    const CapturedMachine captured(scene.directory());
    const auto& [directory, root, copy] = captured;
    const auto facts = gather_facts(*copy, {small_profile()}, {}, nullptr);
    REQUIRE(facts.has_value());
    CHECK(notes_in(make_plan(*facts).findings) == here);
    return here;
}

std::string notes_with(const std::string& path, const std::string& text) {
    Scene scene = small_scene();
    scene.tree().write(path, text);
    return notes_of(scene);
}

std::string note(const std::string& path, const std::string& why) {
    return "not known whether " + path + " concerns these functions: " + why + "\n";
}

}  // namespace

TEST_CASE("a file that is larger than its reader takes is named, once") {
    const std::string mebibyte((1U << 20U) + 1, '#');
    CHECK(notes_with("etc/udev/rules.d/99-long.rules", mebibyte) ==
          note("/etc/udev/rules.d/99-long.rules", "it is larger than 1 MiB"));
    CHECK(notes_with("etc/modprobe.d/long.conf", mebibyte) ==
          note("/etc/modprobe.d/long.conf", "it is larger than 1 MiB"));
    CHECK(notes_with("etc/dracut.conf.d/long.conf", mebibyte).find("long.conf") !=
          std::string::npos);
    CHECK(notes_with("etc/cron.d/long", std::string(300000, '#')) ==
          note("/etc/cron.d/long", "it is larger than 256 KiB"));
    CHECK(notes_with("etc/cron.d/short", "#").empty());
}

TEST_CASE("a folder with more files than its reader takes is named") {
    Scene rules = small_scene();
    for (int i = 0; i < 1100; ++i)
        rules.tree().write("etc/udev/rules.d/" + std::to_string(i) + ".rules", "#\n");
    CHECK(has(notes_of(rules),
              "/etc/udev/rules.d/ concerns these functions: it has more than "
              "1024 files of rules"));
    Scene units = small_scene();
    for (int i = 0; i < 1100; ++i)
        units.tree().write("etc/systemd/system/" + std::to_string(i) + ".service", "[Unit]\n");
    CHECK(has(notes_of(units),
              "/etc/systemd/system concerns these functions: it has more than 1024 entries"));
}

TEST_CASE("a script that says more than is taken of one file is named") {
    std::string many;
    for (int i = 0; i < 600; ++i) many += "/usr/local/bin/x" + std::to_string(i) + "\n";
    CHECK(has(notes_with("etc/cron.d/many", many),
              note("/etc/cron.d/many", "it says more than is taken of one file")));
    CHECK(has(notes_with("etc/cron.d/wide",
                         "/opt/x " + std::string(9000, 'x') + " 0000:00:14.0 new_id\n"),
              "/etc/cron.d/wide"));
    CHECK(notes_with("etc/cron.d/comment", "/opt/x # " + std::string(9000, 'x') + "\n").empty());
}

TEST_CASE("of many such files some are told, and how many more there are") {
    Scene scene = small_scene();
    for (int i = 0; i < 9; ++i)
        scene.tree().write("etc/cron.d/long" + std::to_string(i), std::string(300000, '#'));
    const std::string text = notes_of(scene);
    CHECK(std::ranges::count(text, '\n') == 4);
    CHECK(has(text, "; nor of 5 more files"));
}

TEST_CASE("tables of disks that are too long are named where a disk hangs there") {
    const TempTree tree;
    tree.file("etc/fstab", std::string((4U << 20U) + 1, '#'));
    const Root root = tree.root();
    CHECK_FALSE(root.read("etc/fstab", 4U << 20U).has_value());
    CHECK_FALSE(root.read("etc/fstab", 4U << 20U).has_value());
    CHECK(root.unread() == std::vector<Unread>{{"etc/fstab", "it is larger than 4 MiB"}});
}
