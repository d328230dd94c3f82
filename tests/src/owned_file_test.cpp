// SPDX-License-Identifier: GPL-2.0-or-later
// Files that ctrlpass owns: on the disk, and as settings.
#include "src/execute/owned_file.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "src/render/render.hpp"
#include "src/render/render_json.hpp"
#include "tests/support/plan_of.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;

namespace {

namespace fs = std::filesystem;

const std::string hook = "/etc/libvirt/hooks/qemu.d/50-ctrlpass";
const std::string script = "#!/bin/sh\nexit 0\n";

/// A folder that stands for "/".
class Ground {
  public:
    Ground() { fs::create_directories(at("/etc/libvirt/hooks")); }
    std::string at(const std::string& path) const { return directory_.path() + path; }
    Root root() const { return std::move(*Root::open(directory_.path())); }
    Result<FileState> read(const std::string& path = hook) const {
        return read_owned_file(root(), path);
    }
    Result<> write(const FileState& state, const std::string& path = hook) {
        return write_owned_file(root(), disk, path, state);
    }
    unsigned mode(const std::string& path) const {
        struct stat status {};
        REQUIRE(::lstat(at(path).c_str(), &status) == 0);
        return status.st_mode & 07777U;
    }
    std::vector<std::string> all() const {
        std::vector<std::string> found;
        for (const auto& entry : fs::recursive_directory_iterator(at("/etc")))
            found.push_back(entry.path().string().substr(at("").size()));
        std::ranges::sort(found);
        return found;
    }
    void put(const std::string& path, const std::string& text) const {
        std::ofstream(at(path), std::ios::binary) << text;
    }

    DiskFate fate;
    FragileDisk disk{fate};

  private:
    TempDir directory_;
};

class HookScene : public Scene {
  public:
    HookScene() : Scene(two_controllers()) {
        domains().add("win11");
        want_files("front", {{hook, script, "starts the follower"}});
    }
};

}  // namespace

TEST_CASE("a file is written whole, with its folder, and leaves with it") {
    Ground ground;
    const auto before = ground.all();
    const auto absent = ground.read();
    REQUIRE(absent.has_value());
    CHECK_FALSE(absent->content);
    CHECK(absent->missing_folders == 1);
    const mode_t old = ::umask(0077);
    REQUIRE(ground.write({script}).has_value());
    ::umask(old);
    CHECK(ground.read()->content == script);
    CHECK(ground.mode(hook) == 0755);
    CHECK(ground.mode("/etc/libvirt/hooks/qemu.d") == 0755);
    REQUIRE(ground.write({"plain\n"}).has_value());
    CHECK(ground.mode(hook) == 0644);
    CHECK(ground.all().size() == before.size() + 2);  // nothing beside it
    REQUIRE(ground.write(*absent).has_value());
    CHECK(ground.all() == before);
}

TEST_CASE("a folder stays where it was there before, or where something else is in it") {
    Ground ground;
    fs::create_directory(ground.at("/etc/libvirt/hooks/qemu.d"));
    const FileState absent = *ground.read();
    CHECK(absent.missing_folders == 0);
    REQUIRE(ground.write({script}).has_value());
    REQUIRE(ground.write(absent).has_value());
    CHECK(fs::exists(ground.at("/etc/libvirt/hooks/qemu.d")));
    REQUIRE(ground.write({script}).has_value());
    ground.put("/etc/libvirt/hooks/qemu.d/10-own", "#!/bin/sh\n");
    REQUIRE(ground.write({{}, 1}).has_value());
    CHECK(fs::exists(ground.at("/etc/libvirt/hooks/qemu.d/10-own")));
    CHECK_FALSE(fs::exists(ground.at(hook)));
}

TEST_CASE("a way back takes along what a crash left of a write, and goes on with its folders") {
    Ground ground;
    const auto before = ground.all();
    fs::remove(ground.at("/etc/libvirt/hooks"));
    const FileState absent = *ground.read();
    CHECK(absent.missing_folders == 2);
    REQUIRE(ground.write({script}).has_value());
    ground.put("/etc/libvirt/hooks/.ctrlpass-qemu.d-50-ctrlpass.new", "#!/bin");
    SUBCASE("in one go") {}
    SUBCASE("interrupted between its folders") {
        ground.fate = {.deaths = {{4, Stage::before}}};
        CHECK_THROWS_AS((void)ground.write(absent), Killed);
        CHECK_FALSE(fs::exists(ground.at("/etc/libvirt/hooks/qemu.d")));
        ground.fate = {};
    }
    REQUIRE(ground.write(absent).has_value());
    CHECK_FALSE(fs::exists(ground.at("/etc/libvirt/hooks")));
}

TEST_CASE("until it is whole a file is not in a folder whose files are run") {
    Ground ground;
    fs::create_directory(ground.at("/etc/libvirt/hooks/qemu.d"));
    for (const int step : {1, 2}) {  // it is stored beside, and moved into its place
        ground.fate = {.deaths = {{step, step == 1 ? Stage::during : Stage::before}}};
        CHECK_THROWS_AS((void)ground.write({script}), Killed);
        CHECK(fs::is_empty(ground.at("/etc/libvirt/hooks/qemu.d")));
    }
    // What is left of that, be it a link, is replaced.
    const std::string left = "/etc/libvirt/hooks/.ctrlpass-qemu.d-50-ctrlpass.new";
    CHECK(fs::remove(ground.at(left)));
    ground.put("/etc/victim", "safe\n");
    fs::create_symlink(ground.at("/etc/victim"), ground.at(left));
    ground.fate = {};
    REQUIRE(ground.write({script}).has_value());
    CHECK(ground.read()->content == script);
    CHECK(ground.read("/etc/victim")->content == "safe\n");
    CHECK_FALSE(fs::exists(fs::symlink_status(ground.at(left))));
}

TEST_CASE("a write that is refused leaves nothing behind") {
    for (const int step : {1, 2, 3}) {
        Ground ground;
        const auto before = ground.all();
        ground.fate = {.refused = {{step, ENOSPC}}};
        const auto written = ground.write({script});
        REQUIRE_FALSE(written.has_value());
        CHECK(written.error().error_number == ENOSPC);
        CHECK(ground.all() == before);
    }
}

TEST_CASE("links are not followed, and nothing but a file of text is read") {
    Ground ground;
    ground.put("/etc/victim", "safe\n");
    fs::create_directory(ground.at("/etc/libvirt/hooks/qemu.d"));
    const auto refused = [&](const std::string& path = hook) {
        CHECK_FALSE(ground.read(path).has_value());
        CHECK(ground.read(path).error().trouble != Trouble::missing);
        CHECK_FALSE(ground.write({script}, path).has_value());
        CHECK(ground.read("/etc/victim")->content == "safe\n");
    };
    fs::create_symlink("/etc/victim", ground.at(hook));
    refused();
    CHECK(ground.read().error().where.ends_with("is a symbolic link"));
    fs::remove(ground.at(hook));
    fs::create_directory(ground.at(hook));
    refused();
    fs::remove(ground.at(hook));
    ::mkfifo(ground.at(hook).c_str(), 0600);
    refused();
    fs::remove(ground.at(hook));
    ground.put(hook, "\xff\xfe");
    refused();
    ground.put(hook, std::string(70000, 'x'));
    refused();
    fs::remove_all(ground.at("/etc/libvirt/hooks"));
    fs::create_directory_symlink("/etc", ground.at("/etc/libvirt/hooks"));
    refused();
    refused("/etc/victim/below");
    for (const char* path : {"etc/x", "/", "/etc/../x", "/etc//x", "/etc/./x", ""}) refused(path);
}

TEST_CASE("a plan shows a file's size, its JSON the content") {
    HookScene scene;
    const Plan plan = scene.plan({bare_profile()});
    const std::string text = plan_text(plan, Style());
    CHECK(has(text, "  + file " + hook + "  2 lines, 17 bytes\n"));
    CHECK(has(text, "starts the follower"));
    CHECK_FALSE(has(text, "exit 0"));
    const std::string json = plan_json("plan", plan);
    CHECK(has(json, "\"after\": \"#!/bin/sh\\nexit 0\\n\""));
    CHECK(has(json, "\"before\": null"));
}

TEST_CASE("a file comes with an apply and goes with a rollback, its folders too") {
    HookScene scene;
    CHECK_FALSE(fs::exists(scene.directory() + "/etc/libvirt"));
    REQUIRE(scene.apply({bare_profile()})->exit_code() == 0);
    CHECK(scene.snapshot().at(hook) == script);
    CHECK_FALSE(scene.apply({bare_profile()})->report.changed);
    scene.want_files("front", {{hook, script + "# more\n", "starts the follower"}});
    CHECK(scene.apply({bare_profile()})->report.done == std::vector{"file " + hook});
    REQUIRE(scene.rollback({"front"})->exit_code() == 0);
    CHECK_FALSE(fs::exists(scene.directory() + "/etc/libvirt"));
}

TEST_CASE("a file that the profile no longer wants goes, one that was there comes back") {
    HookScene scene;
    fs::create_directories(scene.directory() + fs::path(hook).parent_path().string());
    std::ofstream(scene.directory() + hook) << "#!/bin/sh\n# mine\n";
    REQUIRE(scene.apply({bare_profile()})->exit_code() == 0);
    CHECK(scene.snapshot().at(hook) == script);
    scene.want_files("front", {});
    REQUIRE(scene.apply({bare_profile()})->exit_code() == 0);
    CHECK(scene.snapshot().at(hook) == "#!/bin/sh\n# mine\n");
}

TEST_CASE("a file that somebody else changed is theirs") {
    HookScene scene;
    REQUIRE(scene.apply({bare_profile()})->exit_code() == 0);
    std::ofstream(scene.directory() + hook) << "#!/bin/sh\n# mine\n";
    const auto back = scene.rollback({"front"});
    REQUIRE(back.has_value());
    CHECK(back->exit_code() == 5);
    CHECK(has(back->report.stuck.at(0).reason, "which ctrlpass did not do"));
    CHECK(scene.snapshot().at(hook) == "#!/bin/sh\n# mine\n");
}

TEST_CASE(
    "a link in the place of a wanted file stops the plan, in that of an old one the rollback") {
    HookScene scene;
    REQUIRE(scene.apply({bare_profile()})->exit_code() == 0);
    fs::remove(scene.directory() + hook);
    fs::create_symlink("/etc/passwd", scene.directory() + hook);
    CHECK_FALSE(scene.apply({bare_profile()}).has_value());
    const auto back = scene.rollback({"front"});
    REQUIRE(back.has_value());
    CHECK(back->exit_code() == 5);
    CHECK(has(back->report.stuck.at(0).reason, "is a symbolic link"));
    CHECK(fs::is_symlink(scene.directory() + hook));
    fs::remove(scene.directory() + hook);
    CHECK(scene.rollback({"front"})->exit_code() == 0);
}

TEST_CASE("a file that only root may look at is left alone, and that is said") {
    if (::geteuid() != 0) return;
    HookScene scene;
    const Profile profile = bare_profile();
    Facts facts{.profiles = {profile}, .recorded = {{"front", {.name = "front"}}}};
    facts.recorded.at("front").entries = {{FileSetting{hook}, FileState{}, FileState{script}, ""}};
    facts.files["front"] = {{hook, script + "# new\n", "starts the follower"}};
    facts.guests.domains = {Domain{.ref = {"qemu:///system", "u", "win11"}}};
    const Root root = scene.root();
    fs::create_directories(scene.directory() + "/etc/libvirt");
    fs::permissions(scene.directory() + "/etc/libvirt", fs::perms::owner_all);
    REQUIRE(::seteuid(65534) == 0);
    const auto read = read_files(root, facts);
    REQUIRE(::seteuid(0) == 0);
    CHECK(read.has_value());
    const Plan plan = make_plan(facts);
    CHECK(plan.changes.empty());
    CHECK(message(plan, "needs-root-to-know") == "only root can read " + hook);
}
