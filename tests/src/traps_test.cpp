// SPDX-License-Identifier: GPL-2.0-or-later
// Traps that tools of this kind have fallen into, where no other test is about them (traps.md).
#include <doctest/doctest.h>

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>

#include "src/commands/options.hpp"
#include "src/render/render.hpp"
#include "tests/support/plan_of.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;

namespace {

bool wrote(Scene& scene, const std::string& part) {
    return std::ranges::any_of(scene.kernel().writes(),
                               [&](const std::string& write) { return has(write, part); });
}

/// The first controller and a bridge, in one IOMMU group.
MachineTree with_bridge_in_group() {
    return MachineTree::from(std::string(
        R"({"drivers":["vfio-pci"],"functions":[
        {"address":"0000:00:1c.0","path":"sys/devices/pci0000:00/0000:00:1c.0","class":"060400",
         "id":"8086:a338","driver":"pcieport","group":4},
        {"address":"0000:01:00.0","path":"sys/devices/pci0000:00/0000:00:1c.0/0000:01:00.0",
         "class":"0c0330","id":"1b21:1242","driver":"xhci_hcd","group":4}]})"));
}

}  // namespace

TEST_CASE("of two controllers of the same kind only the one that was named is taken") {
    Scene scene(two_controllers());  // both are 8086:a36d
    const std::string twin = scene.snapshot().at("0000:00:15.0");
    const Profile profile = profile_of(first_controller);
    for (int round = 0; round < 2; ++round) {
        REQUIRE(scene.apply({profile}).has_value());
        CHECK(scene.snapshot().at("0000:00:14.0") == "vfio-pci vfio-pci");
        CHECK(scene.snapshot().at("0000:00:15.0") == twin);
        REQUIRE(scene.rollback({"front"}).has_value());
        CHECK(scene.snapshot().at("0000:00:14.0") == twin);
    }
    CHECK_FALSE(wrote(scene, "new_id"));
    CHECK_FALSE(wrote(scene, "remove_id"));
    CHECK_FALSE(wrote(scene, "0000:00:15.0"));
}

TEST_CASE("a bridge in the group is left alone and stands in nobody's way") {
    Scene scene(with_bridge_in_group());
    const std::string bridge = scene.snapshot().at("0000:00:1c.0");
    const Profile profile = profile_of("[[controller]]\naddress = \"0000:01:00.0\"\n");
    const auto outcome = scene.apply({profile});
    REQUIRE(outcome.has_value());
    CHECK(outcome->exit_code() == 0);
    CHECK(scene.snapshot().at("0000:01:00.0") == "vfio-pci vfio-pci");
    CHECK(scene.snapshot().at("0000:00:1c.0") == bridge);
    CHECK_FALSE(wrote(scene, "0000:00:1c.0"));
    CHECK(find(plan_of(with_bridge_in_group(), "[[controller]]\naddress = \"0000:00:1c.0\"\n"),
               "host-bridge") != nullptr);
}

TEST_CASE("a return to the host's driver that fails is told and not forgotten") {
    Scene scene(two_controllers());
    const auto start = scene.snapshot();
    const Profile profile = profile_of(first_controller);
    REQUIRE(scene.apply({profile}).has_value());
    scene.kernel().forget();
    // The binds of the way back, however often they are tried.
    std::size_t bind = 0;
    {
        Scene other(two_controllers());
        REQUIRE(other.apply({profile}).has_value());
        other.kernel().forget();
        REQUIRE(other.rollback({"front"}).has_value());
        const auto& writes = other.kernel().writes();
        while (bind < writes.size() && !has(writes[bind], "xhci_hcd/bind")) ++bind;
        REQUIRE(bind < writes.size());
    }
    scene.kernel().refuse_write(static_cast<int>(bind) + 1, EIO);
    const auto failed = scene.rollback({"front"});
    REQUIRE(failed.has_value());
    CHECK(failed->exit_code() == 5);
    REQUIRE(failed->report.stuck.size() == 1);
    CHECK(failed->report.stuck.front().setting == "binding 0000:00:14.0");
    CHECK(scene.snapshot().at("0000:00:14.0").substr(0, 4) != "none");
    const auto again = scene.rollback({"front"});
    REQUIRE(again.has_value());
    CHECK(again->exit_code() == 0);
    CHECK(scene.snapshot() == start);
}

TEST_CASE("a bind that fails does not exit 0") {
    const Profile profile = profile_of(first_controller);
    Scene counted(two_controllers());
    REQUIRE(counted.apply({profile}).has_value());
    for (int k = 1; k <= counted.kernel().count(); ++k) {
        CAPTURE(k);
        Scene scene(two_controllers());
        scene.kernel().refuse_write(k, EINVAL);
        const auto outcome = scene.apply({profile});
        REQUIRE(outcome.has_value());
        CHECK(outcome->exit_code() == 1);
    }
}

TEST_CASE("what stops a plan says its fact and a way forward, in every scenario") {
    int seen = 0;
    for (const Scenario& scenario : all_scenarios()) {
        CAPTURE(scenario.name);
        const Plan plan = Scene(scenario).plan({scenario.profile});
        for (const Finding& finding : plan.findings) {
            if (finding.severity != Severity::refuse && finding.severity != Severity::consent)
                continue;
            CAPTURE(finding.code);
            ++seen;
            CHECK_FALSE(finding.message.empty());
            CHECK_FALSE(finding.subject.empty());
            CHECK(finding.message != find_code(finding.code)->meaning);
            CHECK_FALSE(finding.hint.empty());
            const std::string text = findings_text({finding}, Style());
            if (finding.severity == Severity::consent && !finding.accepted)
                CHECK(has(text, "allow = [\"" + finding.code + "\"]"));
        }
    }
    CHECK(seen > 10);
}

TEST_CASE("when buses are renumbered, the disk that has the old address is not taken") {
    const std::string pinned =
        "[[controller]]\naddress = \"0000:02:00.0\"\nid = \"1b21:1242\"\nallow = [\"not-usb\"]\n";
    Scene scene(MachineTree::from(std::string(
        R"({"drivers":["vfio-pci"],"functions":[
        {"address":"0000:02:00.0","path":"sys/devices/pci0000:00/0000:02:00.0","class":"010802",
         "id":"144d:a808","driver":"nvme","group":4},
        {"address":"0000:03:00.0","path":"sys/devices/pci0000:00/0000:03:00.0","class":"0c0330",
         "id":"1b21:1242","driver":"xhci_hcd","group":5}],
        "disks":[{"name":"nvme0n1","dev":"259:0",
                  "below":"sys/devices/pci0000:00/0000:02:00.0/nvme/nvme0","mounts":["/"]}]})")));
    const auto start = scene.snapshot();
    const auto outcome = scene.apply({profile_of(pinned)}, true);
    REQUIRE(outcome.has_value());
    CHECK(outcome->exit_code() == 3);
    CHECK(has(message(outcome->plan, "identity-mismatch"), "144d:a808"));
    CHECK(has(find(outcome->plan, "identity-mismatch")->hint, "0000:03:00.0"));
    CHECK(scene.kernel().count() == 0);
    CHECK(scene.snapshot() == start);
    // Without pins it is seen for what it is.
    const auto bare = scene.apply(
        {profile_of("[[controller]]\naddress = \"0000:02:00.0\"\nallow = [\"not-usb\"]\n")});
    REQUIRE(bare.has_value());
    CHECK(bare->refused);
    CHECK(find(bare->plan, "root-disk") != nullptr);
}

TEST_CASE("nothing is ever reset by hand, whatever the function offers") {
    auto machine = nlohmann::ordered_json::parse(
        R"({"drivers":["vfio-pci"],"functions":[{"address":"0000:00:14.0",
        "path":"sys/devices/pci0000:00/0000:00:14.0","class":"0c0330","id":"1912:0014",
        "driver":"xhci_hcd","group":4,"reset":["bus"]}]})");
    Scene scene(MachineTree::from(machine));
    const auto outcome =
        scene.apply({profile_of(first_controller + "allow = [\"known-bad-reset\"]\n")});
    REQUIRE(outcome.has_value());
    REQUIRE_FALSE(outcome->refused);
    REQUIRE(scene.rollback({"front"}).has_value());
    CHECK(scene.kernel().count() > 0);
    CHECK_FALSE(wrote(scene, "reset"));
}

TEST_CASE("the way back outlives a loss of power") {
    CHECK(Options().state == "/var/lib/ctrlpass");  // neither /run nor /tmp
}

TEST_CASE("without libvirt at hand a rollback does not forget the hostdevs") {
    Scene scene(two_controllers());
    scene.domains().add("win11");
    const auto start = scene.snapshot();
    REQUIRE(scene.apply({profile_of("[vm]\nname = \"win11\"\n" + first_controller)}).has_value());
    const auto given = scene.snapshot();
    {
        GuestHosts gone([](const std::string&) -> Result<std::unique_ptr<GuestHost>> {
            return fail("cannot talk to libvirt", "no such library", {}, Trouble::missing);
        });
        const auto session =
            Session::open(scene.root(), scene.kernel(), std::move(gone), scene.state());
        REQUIRE(session.has_value());
        const auto back = roll_back(**session, {"front"});
        REQUIRE(back.has_value());
        CHECK(back->exit_code() == exit_code::stuck);
        REQUIRE(back->report.stuck.size() == 1);
        CHECK(has(back->report.stuck.front().setting, "hostdev win11"));
    }
    CHECK(scene.snapshot() != start);
    CHECK(scene.snapshot() != given);
    const auto later = scene.rollback({"front"});
    REQUIRE(later.has_value());
    CHECK(later->exit_code() == exit_code::done);
    CHECK(scene.snapshot() == start);
}
