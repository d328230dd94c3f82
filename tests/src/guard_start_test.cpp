// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/commands/guard_start.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "src/ledger/ledger.hpp"
#include "tests/support/scene.hpp"
#include "tests/support/temp_tree.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;

namespace {

/// The guest studio was given a controller with a disk below it, for its start; the profile is a
/// file.
struct Desk {
    Desk() {
        scene.domains().add("studio");
        write_profile();
        const auto profile = parse_profile(text, path);
        REQUIRE(profile.has_value());
        const auto applied = scene.apply({*profile});
        REQUIRE(applied.has_value());
        REQUIRE_FALSE(applied->refused);
    }

    void write_profile() const { std::ofstream(path) << text; }
    const FakeDomains::One& studio() {
        return std::ranges::find_if(
                   scene.domains().by_uuid,
                   [](const auto& entry) { return entry.second.ref.name == "studio"; })
            ->second;
    }
    Result<std::vector<Finding>> judge() {
        const auto guest = starting_guest(studio().definition);
        REQUIRE(guest.has_value());
        const auto recorded = read_ledgers(scene.state());
        REQUIRE(recorded.has_value());
        return judge_start(scene.root(), *guest, *recorded, scene.state());
    }
    std::string codes() {
        const auto findings = judge();
        REQUIRE_MESSAGE(findings.has_value(), findings.error().what);
        std::string all;
        for (const Finding& finding : *findings) all += finding.code + " ";
        return all;
    }
    std::string texts() const { return scene.state() + "/applied"; }
    void forget_text() const { std::filesystem::remove_all(texts()); }
    void mount() const {
        const auto table = scene.root().read("proc/self/mountinfo");
        REQUIRE(table.has_value());
        scene.tree().write("proc/self/mountinfo",
                           *table + "90 1 8:17 / /srv rw - ext4 /dev/sdb1 rw\n");
    }

    TempDir folder;
    std::string path = folder.path() + "/desk.toml";
    std::string text =
        "format = 1\nallow = [\"fstab-disk\"]\n[vm]\nname = \"studio\"\n[[controller]]\n"
        "address = \"0000:00:14.0\"\nid = \"8086:a36d\"\nwhen = \"vm-start\"\n";
    Scene scene{MachineTree::from(
        R"({"roots":{"pci0000:00":"\\_SB_.PC00"},"drivers":["vfio-pci"],"functions":[
        {"address":"0000:00:14.0","path":"sys/devices/pci0000:00/0000:00:14.0","class":"0c0330",
         "id":"8086:a36d","driver":"xhci_hcd","group":4}],
        "usb":[{"controller":"0000:00:14.0","devices":[{"port":"1-1","id":"0781:5567","devnum":4,
         "product":"Stick","interfaces":[{"class":"08","carries":[{"kind":"disk","name":"sdb",
         "dev":"8:16","partitions":[{"name":"sdb1","dev":"8:17"}]}]}]}]}]})")};
};

}  // namespace

TEST_CASE("a guest may start while the host does not use its controller") {
    Desk desk;
    CHECK(starting_guest(desk.studio().definition)->taken.size() == 1);
    CHECK(desk.codes().empty());
}

TEST_CASE("a guest does not start while a disk below its controller is mounted") {
    Desk desk;
    desk.mount();
    CHECK(desk.codes() == "mounted-disk ");
    CHECK(desk.judge()->front().message.find("/srv") != std::string::npos);
}

TEST_CASE("a guest does not start when another controller is at the place of its own") {
    Desk desk;
    desk.scene.tree().write("sys/bus/pci/devices/0000:00:14.0/device", "0x1234\n");
    CHECK(desk.codes() == "identity-mismatch ");
}

TEST_CASE("a guest starts when its controller was bound to vfio-pci before") {
    Desk desk;
    desk.mount();
    auto& kernel = desk.scene.kernel();
    REQUIRE(kernel.write("sys/bus/pci/devices/0000:00:14.0/driver_override", "vfio-pci"));
    REQUIRE(kernel.write("sys/bus/pci/drivers/xhci_hcd/unbind", "0000:00:14.0"));
    REQUIRE(kernel.write("sys/bus/pci/drivers/vfio-pci/bind", "0000:00:14.0"));
    CHECK(desk.codes().empty());
}

TEST_CASE("a start is judged by the profile as it was applied, whatever lies in its place now") {
    Desk desk;
    SUBCASE("nothing") { std::filesystem::remove(desk.path); }
    SUBCASE("a file without the pins, of another user") {
        std::ofstream(desk.path) << "format = 1\n[vm]\nname = \"studio\"\n[[controller]]\n"
                                    "address = \"0000:00:14.0\"\nwhen = \"vm-start\"\n";
        if (::geteuid() == 0) REQUIRE(::chown(desk.path.c_str(), 12345, 12345) == 0);
    }
    SUBCASE("a profile for another controller") {
        desk.text.replace(desk.text.find("14.0"), 4, "1f.0");
        desk.write_profile();
    }
    SUBCASE("a link to nowhere") {
        std::filesystem::remove(desk.path);
        std::filesystem::create_symlink("/nowhere/desk.toml", desk.path);
    }
    CHECK(desk.codes().empty());
    desk.scene.tree().write("sys/bus/pci/devices/0000:00:14.0/device", "0x1234\n");
    CHECK(desk.codes() == "identity-mismatch ");
}

TEST_CASE("without a copy the profile's file counts while root alone can change it") {
    Desk desk;
    desk.forget_text();
    CHECK(desk.codes().empty());
    if (::geteuid() != 0) return;
    SUBCASE("it belongs to another user") {
        REQUIRE(::chown(desk.path.c_str(), 12345, 12345) == 0);
    }
    SUBCASE("its folder belongs to another user") {
        REQUIRE(::chown(desk.folder.path().c_str(), 12345, 12345) == 0);
    }
    const auto unknown = desk.judge();
    REQUIRE_FALSE(unknown);
    CHECK(unknown.error().where.find("cannot trust profile") != std::string::npos);
}

TEST_CASE("a start that cannot be judged is not let pass") {
    Desk desk;
    SUBCASE("the profile is gone, and an older ctrlpass kept no copy") {
        desk.forget_text();
        std::filesystem::remove(desk.path);
        CHECK_FALSE(desk.judge());
    }
    SUBCASE("the profile was changed, and an older ctrlpass kept no copy") {
        desk.forget_text();
        desk.text += "# another\n";
        desk.write_profile();
        const auto unknown = desk.judge();
        REQUIRE_FALSE(unknown);
        CHECK(unknown.error().where.find("was changed since") != std::string::npos);
        CHECK(unknown.error().hint == "Apply it again:\n    ctrlpass apply desk");
    }
    SUBCASE("the copy was changed, and the file as well") {
        for (const auto& text : std::filesystem::directory_iterator(desk.texts()))
            std::ofstream(text.path()) << "format = 1\n";
        std::filesystem::remove(desk.path);
        CHECK_FALSE(desk.judge());
    }
    SUBCASE("no ledger knows the hostdev") {
        const std::string definition = desk.studio().definition;
        desk.scene.forget_everything();
        const auto unknown = desk.judge();
        REQUIRE_FALSE(unknown);
        CHECK(unknown.error().where == "no applied profile gives it to this guest");
    }
}

TEST_CASE("a hostdev made by hand that a profile found there is judged like one of ours") {
    Desk desk;
    const auto mark = desk.studio().definition.find("ua-ctrlpass-");
    REQUIRE(mark != std::string::npos);
    desk.scene.domains().by_uuid.begin()->second.definition.replace(mark, 12, "ua-by-hand--");
    CHECK(starting_guest(desk.studio().definition)->ours.empty());
    CHECK(desk.codes().empty());
    desk.mount();
    CHECK(desk.codes() == "mounted-disk ");
}

TEST_CASE("hostdevs that no profile knows are none of the hook's business") {
    const auto guest = starting_guest(
        "<domain><uuid>u</uuid><devices><hostdev mode='subsystem' type='pci' managed='yes'>"
        "<source><address domain='0' bus='0' slot='0x14' function='0'/></source></hostdev>"
        "</devices></domain>");
    REQUIRE(guest.has_value());
    CHECK(guest->uuid == "u");
    CHECK(guest->taken.size() == 1);
    CHECK(guest->ours.empty());
    const TempTree tree;
    const auto findings = judge_start(tree.root(), *guest, {}, "/nowhere");
    REQUIRE(findings.has_value());
    CHECK(findings->empty());
    CHECK_FALSE(starting_guest("<network/>"));
}
