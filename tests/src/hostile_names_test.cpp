// SPDX-License-Identifier: GPL-2.0-or-later
// Names that an attacker, or a strange person, chose: they reach a terminal, a shell, XML and paths
// only escaped.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "iommu/names.hpp"
#include "src/findings/judge.hpp"
#include "src/guests/domain_xml.hpp"
#include "src/render/inspect.hpp"
#include "src/render/render.hpp"
#include "src/render/render_json.hpp"
#include "tests/support/plan_of.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;

namespace {

/// Escape sequences of both widths, a bell, text turned round, a newline, and no UTF-8.
const std::string hostile =
    "Evil\x1b]0;owned\x07 \xc2\x9b"
    "31m \xe2\x80\xaetxt.exe\n    rm -rf / \xff";

bool is_harmless(const std::string& text) {
    for (const char* const part : {"\x1b", "\x07", "\xc2\x9b", "\xe2\x80\xae", "\xff", "\x7f"})
        if (has(text, part)) return false;
    return true;
}

/// The first controller with a stick of this name that is mounted here, and a keyboard of this
/// name.
MachineTree machine_with(const std::string& name, const std::string& mount) {
    nlohmann::ordered_json disk{{"kind", "disk"}, {"name", "sdb"}, {"dev", "8:16"}};
    if (!mount.empty()) disk["mounts"] = {mount};
    MachineTree tree = two_controllers(
        R"("usb":[{"controller":"0000:00:14.0","devices":[{"port":"1-1","id":"0781:5567",
        "product":"X","interfaces":[{"class":"08","carries":[)" +
        disk.dump() + R"(,{"kind":"input","name":"input5","keyboard":true}]}]}]}])");
    const std::string device = "sys/devices/pci0000:00/0000:00:14.0/usb1/1-1";
    tree.write(device + "/product", name + "\n");
    tree.write("sys/class/input/input5/name", name + "\n");
    return tree;
}

/// Everything after the first line is either a hint or a command, never text of the name's own.
bool has_line(const std::string& text, const std::string& line) {
    return has("\n" + text, "\n" + line);
}

}  // namespace

TEST_CASE("a product's name cannot turn, hide, break or write anything in inspect") {
    const MachineTree tree = machine_with(hostile, "");
    const Host host = host_of(tree);
    const Verdicts verdicts{
        {*parse_address("0000:00:14.0"),
         verdict_of(host, {}, *host.controller(*parse_address("0000:00:14.0")))}};
    const std::string text = inspect_text(host, verdicts, PciNames(), Style());
    CHECK(is_harmless(text));
    CHECK(has(text, "Evil\\x1b]0;owned\\x07 \\x9b31m \\u202etxt.exe\\x0a    rm -rf / \\xff"));
    CHECK_FALSE(has_line(text, "    rm"));
    const std::string document = json_on_terminal(inspect_json(host, verdicts));
    CHECK(is_harmless(document));
    CHECK(nlohmann::json::parse(document).is_object());
}

TEST_CASE("the name of a keyboard cannot write anything in a plan") {
    const Plan plan = plan_of(machine_with(hostile, ""), first_controller);
    REQUIRE(find(plan, "last-keyboard") != nullptr);
    const std::string text = plan_text(plan, Style());
    CHECK(is_harmless(text));
    CHECK_FALSE(has_line(text, "    rm"));
    CHECK(is_harmless(json_on_terminal(plan_json("plan", plan))));
}

TEST_CASE("a mount point with spaces, newlines and quotes is one word of one line in a hint") {
    const std::vector<std::pair<std::string, std::string>> points{
        {"/media/my disk", "umount '/media/my disk'"},
        {"/media/it's $(reboot)", "umount '/media/it'\\''s $(reboot)'"},
        {"/media/a\nrm -rf b", "umount $'/media/a\\x0arm -rf b'"}};
    for (const auto& [mount, command] : points) {
        CAPTURE(mount);
        const MachineTree tree = machine_with("X", "");
        std::string octal;
        for (const char c : mount)
            octal += c == ' ' ? "\\040" : c == '\n' ? "\\012" : std::string(1, c);
        tree.write("proc/self/mountinfo",
                   "36 35 8:16 / " + octal + " rw,relatime - ext4 /dev/sdb rw\n");
        const auto root = Root::open(tree.directory());
        const auto facts = gather_facts(*root, {profile_of(first_controller)}, {}, nullptr);
        REQUIRE(facts.has_value());
        const std::string text = plan_text(make_plan(*facts), Style());
        CHECK(has(text, "    " + command + "\n"));
        CHECK_FALSE(has_line(text, "rm"));
    }
}

TEST_CASE("the name of a process that holds a group cannot write anything") {
    Scene scene(two_controllers());
    const Profile profile = profile_of(first_controller);
    REQUIRE(scene.apply({profile}).has_value());
    scene.kernel().hold(4, 4711, "");
    scene.tree().write("proc/4711/comm", hostile + "\n");
    const auto back = scene.rollback({"front"});
    REQUIRE(back.has_value());
    REQUIRE(back->refused);
    const std::string text = plan_text(back->plan, Style());
    CHECK(is_harmless(text));
    CHECK(has(text, "Evil\\x1b"));
    scene.kernel().release(4);
}

TEST_CASE("a domain of any name is found, given the controller, named in commands and put back") {
    for (const std::string name : {"win'11", "a \"b\" <c> &amp; 'd'", "$(reboot)", "x y"}) {
        CAPTURE(name);
        Scene scene(two_controllers());
        const DomainRef ref = scene.domains().add(name);
        const auto start = scene.snapshot();
        nlohmann::ordered_json quoted = name;
        const Profile profile =
            profile_of("[vm]\nname = " + quoted.dump() + "\n" + first_controller);
        const auto applied = scene.apply({profile});
        REQUIRE(applied.has_value());
        CHECK_FALSE(applied->report.failure);
        const auto hostdevs = hostdevs_in(scene.domains().by_uuid[ref.uuid].definition);
        REQUIRE(hostdevs.has_value());
        CHECK(hostdevs->size() == 1);
        scene.kernel().hold(4, 4711, name);
        const auto held = scene.rollback({"front"});
        REQUIRE(held.has_value());
        CHECK(has(plan_text(held->plan, Style()), "    virsh shutdown " + shell_word(name) + "\n"));
        scene.kernel().release(4);
        REQUIRE(scene.rollback({"front"}).has_value());
        CHECK(scene.snapshot() == start);
    }
}

TEST_CASE("a transient domain of any name is named as one word in the command that mends it") {
    Scene scene(two_controllers());
    const DomainRef ref = scene.domains().add("a; reboot");
    scene.domains().by_uuid[ref.uuid].persistent = false;
    const Plan plan = scene.plan({profile_of("[vm]\nname = \"a; reboot\"\n" + first_controller)});
    REQUIRE(find(plan, "transient-domain") != nullptr);
    CHECK(has(find(plan, "transient-domain")->hint, "virsh dumpxml 'a; reboot' >"));
}
