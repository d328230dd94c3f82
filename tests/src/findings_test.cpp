// SPDX-License-Identifier: GPL-2.0-or-later
// Each finding from the situation that it is about, on a small machine.
#include <doctest/doctest.h>

#include <algorithm>

#include "src/guests/domain_xml.hpp"
#include "tests/support/scene.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;

namespace {

/// Two xHCI in groups of their own, a bridge with a card behind it; `more` adds to the machine.
Scene scene_with(const std::string& more = "", const std::string& of_first = "") {
    return Scene(MachineTree::from(
        R"({"roots":{"pci0000:00":"\\_SB_.PC00"},"drivers":["vfio-pci"],"functions":[
        {"address":"0000:00:14.0","path":"sys/devices/pci0000:00/0000:00:14.0","class":"0c0330",
         "id":"8086:a36d","driver":"xhci_hcd","group":4)" +
        of_first + R"(},
        {"address":"0000:00:15.0","path":"sys/devices/pci0000:00/0000:00:15.0","class":"0c0330",
         "id":"8086:a36d","driver":"xhci_hcd","group":5},
        {"address":"0000:00:1c.0","path":"sys/devices/pci0000:00/0000:00:1c.0","class":"060400",
         "id":"8086:a338","driver":"pcieport","group":6}])" +
        more + "}"));
}

Profile profile_of(const std::string& text, const std::string& name = "front") {
    const auto profile = parse_profile("format = 1\n" + text, "/p/" + name + ".toml");
    REQUIRE_MESSAGE(profile.has_value(), profile.error().what);
    return *profile;
}

const std::string first = "[[controller]]\naddress = \"0000:00:14.0\"\n";
const std::string second = "[[controller]]\naddress = \"0000:00:15.0\"\n";
const std::string vm = "[vm]\nname = \"win11\"\n";

const Finding* find(const Plan& plan, const std::string& code) {
    const auto found = std::ranges::find(plan.findings, code, &Finding::code);
    return found == plan.findings.end() ? nullptr : &*found;
}

std::string message(const Plan& plan, const std::string& code) {
    const Finding* const found = find(plan, code);
    return found == nullptr ? "" : found->message;
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("the table of codes is whole and each has a meaning and a way forward") {
    for (const FindingCode& code : finding_codes()) {
        CHECK_FALSE(code.meaning.empty());
        CHECK_FALSE(code.way_forward.empty());
        CHECK(find_code(code.code) == &code);
    }
}

TEST_CASE("a free controller has no finding at all") {
    CHECK(scene_with().plan({profile_of(first)}).findings.empty());
}

TEST_CASE("without interrupt remapping nothing is given away") {
    const Plan plan = scene_with(R"(,"interrupt_remapping":false)").plan({profile_of(first)});
    CHECK(find(plan, "no-interrupt-remapping") != nullptr);
    CHECK(plan.is_refused());
}

TEST_CASE("a controller that is not there is refused, and told where its twin is") {
    const Plan plan = scene_with().plan(
        {profile_of("[[controller]]\npath = \"PC00/1f.0\"\nid = \"8086:a36d\"\n")});
    CHECK(has(message(plan, "no-such-controller"), "PC00/1f.0"));
    CHECK(has(find(plan, "no-such-controller")->hint, "0000:00:14.0"));
    CHECK(plan.changes.empty());
}

TEST_CASE("a path that leads to two functions is refused") {
    const Plan plan = Scene(MachineTree::from(R"({"functions":[
        {"address":"0000:01:00.0","path":"sys/devices/pci0000:00/0000:00:01.0/pci10000:01/10000:01:00.0",
         "class":"0c0330","id":"1b21:1242"},
        {"address":"0001:01:00.0","path":"sys/devices/pci0000:00/0000:00:01.0/pci10001:01/10001:01:00.0",
         "class":"0c0330","id":"1b21:1242"}]})"))
                          .plan({profile_of("[[controller]]\npath = "
                                            "\"pci0000:00/01.0/pci/00.0\"\n")});
    CHECK(find(plan, "ambiguous-path") != nullptr);
}

TEST_CASE("two entries that mean the same function are refused") {
    const Plan plan =
        scene_with().plan({profile_of(first + "[[controller]]\npath = \"PC00/14.0\"\n")});
    CHECK(find(plan, "ambiguous-path") != nullptr);
}

TEST_CASE("a member that is in another group is refused") {
    const Plan plan = scene_with().plan(
        {profile_of(first + "  [[controller.member]]\n  address = \"0000:00:15.0\"\n")});
    CHECK(has(message(plan, "identity-mismatch"), "not in the IOMMU group"));
}

TEST_CASE("virtual functions, a mounted disk and swap are refused with their facts") {
    CHECK(has(message(scene_with("", R"(,"vfs":3)").plan({profile_of(first)}), "has-vfs"),
              "3 virtual functions"));
    const std::string disk = R"(,"usb":[{"controller":"0000:00:14.0","devices":[{"port":"1-1",
        "id":"0781:5567","interfaces":[{"class":"08","carries":[{"kind":"disk","name":"sdb",
        "dev":"8:16","partitions":[{"name":"sdb1","dev":"8:17","mounts":["/home"]},
        {"name":"sdb2","dev":"8:18","swap":true},
        {"name":"sdb3","dev":"8:19","mounts":["/"]}]}]}]}]}])";
    const Plan plan = scene_with(disk).plan({profile_of(first)});
    CHECK(message(plan, "mounted-disk") == "/dev/sdb1 mounted on /home");
    CHECK(has(message(plan, "swap-disk"), "/dev/sdb2"));
    CHECK(has(message(plan, "root-disk"), "/dev/sdb3"));
}

TEST_CASE("a disk below a member that is no USB controller counts as well") {
    const Plan plan =
        Scene(MachineTree::from(R"({"functions":[
        {"address":"0000:02:00.0","path":"sys/devices/pci0000:00/0000:02:00.0","class":"0c0330",
         "id":"1b21:1242","driver":"xhci_hcd","group":1},
        {"address":"0000:02:00.1","path":"sys/devices/pci0000:00/0000:02:00.1","class":"010601",
         "id":"1b21:0612","driver":"ahci","group":1}],
        "disks":[{"name":"sda","dev":"8:0","below":"sys/devices/pci0000:00/0000:02:00.1/ata1",
                  "mounts":["/srv"]}]})"))
            .plan({profile_of("[[controller]]\naddress = \"0000:02:00.0\"\n"
                              "[[controller.member]]\naddress = \"0000:02:00.1\"\n")});
    CHECK(message(plan, "mounted-disk") == "/dev/sda mounted on /srv");
}

TEST_CASE("vfio-pci.ids that names the controller is told, in any case of letters") {
    const Plan plan = scene_with(R"(,"command_line":"quiet vfio-pci.ids=1234:5678,8086:A36D")")
                          .plan({profile_of(first)});
    CHECK(has(message(plan, "ids-option"), "kernel command line"));
}

TEST_CASE("somebody else's override needs consent and is put back by rollback") {
    const std::string driverctl = R"(,"override":"xhci_hcd")";
    CHECK(scene_with("", driverctl).plan({profile_of(first)}).is_refused());
    Scene scene = scene_with("", driverctl);
    const auto start = scene.snapshot();
    const Profile allowed = profile_of(first + "allow = [\"override-foreign\"]\n");
    const Plan plan = scene.plan({allowed});
    CHECK(has(message(plan, "override-foreign"), "'xhci_hcd'"));
    CHECK(find(plan, "override-foreign")->accepted);
    REQUIRE(scene.apply({allowed}).has_value());
    REQUIRE(scene.rollback({"front"}).has_value());
    CHECK(scene.snapshot() == start);
}

TEST_CASE("a controller made ready by hand is held, not changed, and rollback leaves it") {
    Scene scene = scene_with("", R"(,"override":"vfio-pci","driver":"vfio-pci")");
    const auto start = scene.snapshot();
    const Plan plan = scene.plan({profile_of(first)});
    CHECK(plan.findings.empty());
    const auto outcome = scene.apply({profile_of(first)});
    REQUIRE(outcome.has_value());
    CHECK_FALSE(outcome->report.changed);
    REQUIRE(scene.rollback({"front"}).has_value());
    CHECK(scene.snapshot() == start);
}

TEST_CASE("while a guest holds the controller, apply does nothing and rollback is refused") {
    Scene scene = scene_with();
    REQUIRE(scene.apply({profile_of(first)}).has_value());
    scene.kernel().hold(4, 4711, "win11");
    const auto writes = scene.kernel().count();
    const auto again = scene.apply({profile_of(first)});
    REQUIRE(again.has_value());
    CHECK_FALSE(again->refused);
    CHECK_FALSE(again->report.changed);
    const auto back = scene.rollback({"front"});
    REQUIRE(back.has_value());
    CHECK(back->refused);
    CHECK(has(message(back->plan, "held-by-guest"), "win11"));
    CHECK(has(message(back->plan, "held-by-guest"), "4711"));
    CHECK(std::ranges::count(back->plan.findings, "held-by-guest", &Finding::code) == 1);
    CHECK(scene.kernel().count() == writes);
    scene.kernel().release(4);
    REQUIRE(scene.rollback({"front"}).has_value());
}

TEST_CASE("a holder that is no guest is named as a process") {
    Scene scene = scene_with();
    REQUIRE(scene.apply({profile_of(first)}).has_value());
    scene.kernel().hold(4, 815, "");
    const auto back = scene.rollback({"front"});
    REQUIRE(back.has_value());
    CHECK(has(message(back->plan, "held-by-process"), "pid 815"));
}

TEST_CASE("two profiles share what they both want, and the last to leave restores it") {
    Scene scene = scene_with();
    const auto start = scene.snapshot();
    REQUIRE(scene.apply({profile_of(first, "a")}).has_value());
    const auto applied = scene.snapshot();
    const auto again = scene.apply({profile_of(first, "b")});
    REQUIRE(again.has_value());
    CHECK_FALSE(again->report.changed);
    REQUIRE(scene.rollback({"a"}).has_value());
    CHECK(scene.snapshot() == applied);
    REQUIRE(scene.rollback({"b"}).has_value());
    CHECK(scene.snapshot() == start);
}

TEST_CASE("another profile that wants another hostdev is refused, naming it") {
    Scene scene = scene_with();
    scene.domains().add("win11");
    REQUIRE(scene.apply({profile_of(vm + first, "a")}).has_value());
    const Plan plan = scene.plan({profile_of(vm + first + "when = \"vm-start\"\n", "b")});
    CHECK(has(message(plan, "setting-claimed"), "profile a"));
    CHECK(plan.is_refused());
}

TEST_CASE("a changed profile puts back what it no longer names") {
    Scene scene = scene_with();
    const auto start = scene.snapshot();
    REQUIRE(scene.apply({profile_of(first + second)}).has_value());
    const auto changed = scene.apply({profile_of(second)});
    REQUIRE(changed.has_value());
    REQUIRE(changed->plan.changes.size() == 1);
    CHECK_FALSE(changed->plan.changes.front().wanted);
    CHECK(scene.snapshot().at("0000:00:14.0") == start.at("0000:00:14.0"));
    REQUIRE(scene.rollback({"front"}).has_value());
    CHECK(scene.snapshot() == start);
}

TEST_CASE("the same name from another folder is refused") {
    Scene scene = scene_with();
    REQUIRE(scene.apply({profile_of(first)}).has_value());
    const auto other = parse_profile("format = 1\n" + first, "/elsewhere/front.toml");
    const auto outcome = scene.apply({*other});
    REQUIRE_FALSE(outcome.has_value());
    CHECK(outcome.error().trouble == Trouble::bad_input);
}

TEST_CASE("the domain must be there, persistent and of this host") {
    Scene scene = scene_with();
    CHECK(find(scene.plan({profile_of(vm + first)}), "no-domain") != nullptr);
    const DomainRef ref = scene.domains().add("win11");
    CHECK(find(scene.plan({profile_of(vm + first)}), "no-domain") == nullptr);
    scene.domains().by_uuid[ref.uuid].persistent = false;
    CHECK(find(scene.plan({profile_of(vm + first)}), "transient-domain") != nullptr);
    const Plan remote = scene.plan(
        {profile_of("[vm]\nname = \"win11\"\nuri = \"qemu+ssh://far/system\"\n" + first)});
    CHECK(find(remote, "remote-libvirt") != nullptr);
    CHECK(remote.changes.empty());
}

TEST_CASE("a running domain takes the change at its next start and is told what it loses") {
    Scene scene = scene_with();
    const DomainRef ref = scene.domains().add("win11");
    auto& domain = scene.domains().by_uuid[ref.uuid];
    domain.running = true;
    domain.live = domain.definition;
    const Plan plan = scene.plan({profile_of(vm + first)});
    CHECK_FALSE(plan.is_refused());
    for (const char* const code : {"takes-effect-at-next-start", "not-migratable", "memory-pinned"})
        CHECK(find(plan, code) != nullptr);
}

TEST_CASE("a hostdev in another definition needs consent") {
    Scene scene = scene_with();
    scene.domains().add("win11");
    scene.domains().add("other", hostdev_xml(*parse_address("0000:00:14.0"), true));
    const Plan plan = scene.plan({profile_of(vm + first)});
    CHECK(has(message(plan, "claimed-by-domain"), "other"));
    CHECK(plan.is_refused());
    const std::string consent = "allow = [\"claimed-by-domain\"]\n";
    CHECK_FALSE(scene.plan({profile_of(vm + first + consent)}).is_refused());
}

TEST_CASE("a hand-made hostdev that fits is left alone, one that does not needs consent") {
    const std::string address = R"(<source><address domain="0x0000" bus="0x00" slot="0x14" )"
                                R"(function="0x0"/></source>)";
    const auto by_hand = [&](const std::string& managed) {
        return *normal_form("<hostdev mode='subsystem' type='pci' managed='" + managed + "'>" +
                            address + "<rom bar='off'/></hostdev>");
    };
    Scene fits = scene_with();
    fits.domains().add("win11", by_hand("no"));
    const auto start = fits.snapshot();
    REQUIRE(fits.apply({profile_of(vm + first)}).has_value());
    REQUIRE(fits.rollback({"front"}).has_value());
    CHECK(fits.snapshot() == start);

    Scene differs = scene_with();
    differs.domains().add("win11", by_hand("no"));
    const auto before = differs.snapshot();
    const std::string at_start = vm + first + "when = \"vm-start\"\n";
    CHECK(find(differs.plan({profile_of(at_start)}), "claimed-by-domain") != nullptr);
    const Profile allowed = profile_of(at_start + "allow = [\"claimed-by-domain\"]\n");
    const auto outcome = differs.apply({allowed});
    REQUIRE(outcome.has_value());
    CHECK_FALSE(outcome->report.failure);
    REQUIRE(differs.rollback({"front"}).has_value());
    CHECK(differs.snapshot() == before);
}

TEST_CASE("a binding that somebody changed by hand is left alone and told") {
    Scene scene = scene_with(R"(,"drivers":["vfio-pci","pci-stub"])");
    REQUIRE(scene.apply({profile_of(first)}).has_value());
    const std::string device = "sys/bus/pci/devices/0000:00:14.0/";
    REQUIRE(
        scene.kernel().write("sys/bus/pci/drivers/vfio-pci/unbind", "0000:00:14.0").has_value());
    REQUIRE(scene.kernel().write(device + "driver_override", "pci-stub").has_value());
    const auto back = scene.rollback({"front"});
    REQUIRE(back.has_value());
    REQUIRE(back->report.stuck.size() == 1);
    CHECK(back->report.stuck.front().setting == "binding 0000:00:14.0");
    CHECK(scene.snapshot().at("0000:00:14.0") == "none pci-stub");
}

TEST_CASE("what a stuck rollback has put back is free for other profiles, the rest is not") {
    Scene scene = scene_with(R"(,"drivers":["vfio-pci","pci-stub"])");
    REQUIRE(scene.apply({profile_of(first + second)}).has_value());
    const std::string other = "0000:00:15.0";
    REQUIRE(scene.kernel().write("sys/bus/pci/drivers/vfio-pci/unbind", other).has_value());
    REQUIRE(scene.kernel()
                .write("sys/bus/pci/devices/" + other + "/driver_override", "pci-stub")
                .has_value());
    const auto back = scene.rollback({"front"});
    REQUIRE(back.has_value());
    REQUIRE(back->report.stuck.size() == 1);
    CHECK(back->report.stuck.front().setting == "binding " + other);
    const auto free = scene.apply({profile_of(first, "again")});
    REQUIRE(free.has_value());
    CHECK_FALSE(free->report.failure);
    const auto bound =
        scene.apply({profile_of(second + "allow = [\"override-foreign\"]\n", "rest")});
    REQUIRE(bound.has_value());
    REQUIRE(bound->report.failure);
    CHECK(has(bound->report.failure->where, "profile front has it, too"));
}

TEST_CASE("after a reboot bindings are void and definitions are put back") {
    Scene scene = scene_with();
    scene.domains().add("win11");
    const auto start = scene.snapshot();
    REQUIRE(scene.apply({profile_of(vm + first)}).has_value());
    REQUIRE(write_binding(scene.root(), scene.kernel(), *parse_address("0000:00:14.0"),
                          Binding{"xhci_hcd", std::nullopt})
                .has_value());
    scene.tree().write("proc/sys/kernel/random/boot_id", "another\n");
    const auto writes = scene.kernel().count();
    const auto back = scene.rollback({"front"});
    REQUIRE(back.has_value());
    CHECK(back->report.restored == std::vector<std::string>{"hostdev win11 0000:00:14.0"});
    CHECK(scene.kernel().count() == writes);
    CHECK(scene.snapshot() == start);
}

TEST_CASE("a function whose class cannot be read is no USB controller, and the plan says why") {
    Scene scene = scene_with();
    scene.tree().write("sys/devices/pci0000:00/0000:00:14.0/class", "usb, probably\n");
    const Plan plan = scene.plan({profile_of(first)});
    CHECK(has(message(plan, "not-usb"), "no class can be read of it"));
}
