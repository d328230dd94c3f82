// SPDX-License-Identifier: GPL-2.0-or-later
// init --from: a profile finds its functions again after a change of the hardware.
#include "src/plan/repin.hpp"

#include <doctest/doctest.h>

#include "iommu/names.hpp"
#include "iommu/read_host.hpp"
#include "src/profile/profile_text.hpp"
#include "tests/support/small_scene.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;

namespace {

/// A function below a bridge of this slot, on this bus.
std::string function(const std::string& slot, const std::string& bus, const std::string& number,
                     const std::string& id, int group, const std::string& code = "0c0330") {
    const std::string bridge = "sys/devices/pci0000:00/0000:00:" + slot + ".0/";
    const std::string address = "0000:" + bus + ":00." + number;
    return R"({"address":")" + address + R"(","path":")" + bridge + address + R"(","class":")" +
           code + R"(","id":")" + id + R"(","driver":"xhci_hcd","group":)" + std::to_string(group) +
           "}";
}

Host host_with(const std::string& functions) {
    const MachineTree tree = MachineTree::from(
        R"({"roots":{"pci0000:00":"\\_SB_.PC00"},"functions":[)" + functions + "]}");
    const auto root = Root::open(tree.directory());
    const auto host = read_host(*root, Scope{.everything = true, .subjects = {}});
    REQUIRE(host.has_value());
    return *host;
}

Profile profile_of(const std::string& text) {
    const auto profile = parse_profile("format = 1\n" + text, "/p/front.toml");
    REQUIRE_MESSAGE(profile.has_value(), profile.error().what);
    return *profile;
}

Profile parsed_again(const Host& host, const Profile& profile,
                     const std::optional<PciAddress>& chosen = std::nullopt) {
    const auto repinned = repin(profile, host, chosen);
    REQUIRE(repinned.has_value());
    REQUIRE(repinned->findings.empty());
    const std::string text = profile_text(host, PciNames(), profile, *repinned);
    const auto again = parse_profile(text, "/p/front.toml");
    REQUIRE_MESSAGE(again.has_value(), again.error().what << " " << again.error().where << text);
    return *again;
}

const std::string card =
    "[[controller]]\npath = \"PC00/02.0/00.0\"\naddress = \"0000:05:00.0\"\n"
    "id = \"1b21:1242\"\n";

std::string code_of(const Host& host, const Profile& profile) {
    const auto repinned = repin(profile, host, std::nullopt);
    REQUIRE(repinned.has_value());
    return repinned->findings.empty() ? "" : repinned->findings.front().code;
}

}  // namespace

TEST_CASE("a renumbered controller gets its new address and keeps everything else") {
    const Host host = host_with(function("02", "07", "0", "1b21:1242", 4));
    const Profile before = profile_of(
        "description = \"Front \\\"ports\\\"\\nüber \\u202e\"\nallow = [\"last-pointer\"]\n"
        "[vm]\nname = \"win 11\"\nuri = \"qemu:///session\"\n" +
        card +
        "when = \"vm-start\"\nallow = [\"bluetooth\", \"no-reset\"]\n"
        "[pin]\nvcpus = [\"2\", \"3\"]\ninterrupts = \"isolated\"\n");
    Profile expected = before;
    expected.controllers[0].pins.address = *parse_address("0000:07:00.0");
    Profile after = parsed_again(host, before);
    expected.digest = after.digest = "";
    expected.text = after.text = "";
    CHECK(after == expected);
    CHECK(has(after.pin, "vcpus"));
    CHECK(has(after.pin, "interrupts"));
}

TEST_CASE("a card in another slot is found by its pins") {
    const Host host = host_with(function("03", "07", "0", "1b21:1242", 4) + "," +
                                function("04", "08", "0", "1b21:2142", 5));
    CHECK(parsed_again(host, profile_of(card)).controllers[0].pins.path == "PC00/03.0/00.0");
    const auto repinned = repin(profile_of(card), host, std::nullopt);
    CHECK(repinned->notes.size() == 2);
}

TEST_CASE("of twins the one in its place is meant") {
    const Host host = host_with(function("02", "05", "0", "1b21:1242", 4) + "," +
                                function("03", "06", "0", "1b21:1242", 5));
    CHECK(parsed_again(host, profile_of(card)).controllers[0].pins.path == "PC00/02.0/00.0");
}

TEST_CASE("twins in other places are ambiguous, and a chosen one is taken") {
    const Host host = host_with(function("03", "05", "0", "1b21:1242", 4) + "," +
                                function("04", "06", "0", "1b21:1242", 5));
    CHECK(code_of(host, profile_of(card)) == "ambiguous-path");
    const auto repinned = repin(profile_of(card), host, std::nullopt);
    CHECK(has(repinned->findings[0].hint, "0000:05:00.0"));
    CHECK(has(repinned->findings[0].hint, "0000:06:00.0"));
    const auto chosen = parse_address("0000:06:00.0");
    CHECK(parsed_again(host, profile_of(card), chosen).controllers[0].pins.address == chosen);
}

TEST_CASE("a controller that is gone is told, and another may take its place") {
    const Host host = host_with(function("03", "06", "0", "8086:a36d", 5));
    CHECK(code_of(host, profile_of(card)) == "no-such-controller");
    const Profile after = parsed_again(host, profile_of(card + "allow = [\"no-reset\"]\n"),
                                       parse_address("0000:06:00.0"));
    CHECK(after.controllers[0].pins.id == parse_id("8086:a36d"));
    CHECK(after.controllers[0].allow == std::vector<std::string>{"no-reset"});
}

TEST_CASE("another part in the old place is never taken for the controller") {
    const Host host = host_with(function("02", "05", "0", "144d:a808", 5, "010802"));
    CHECK(code_of(host, profile_of(card)) == "no-such-controller");
}

TEST_CASE("one function cannot be two controllers of the profile") {
    const Host host = host_with(function("09", "06", "0", "1b21:1242", 5));
    const Profile two = profile_of(card +
                                   "[[controller]]\npath = \"PC00/03.0/00.0\"\n"
                                   "id = \"1b21:1242\"\n");
    const auto repinned = repin(two, host, std::nullopt);
    REQUIRE(repinned.has_value());
    CHECK(repinned->findings.size() == 2);
    CHECK_FALSE(repin(two, host, parse_address("0000:06:00.0")).has_value());
}

TEST_CASE("a chosen controller stands for the one that is lost, by its id where more are") {
    const Host host = host_with(function("02", "05", "0", "1b21:1242", 4) + "," +
                                function("08", "06", "0", "8086:a36d", 5) + "," +
                                function("09", "07", "0", "8086:a36d", 6));
    const Profile two = profile_of(card +
                                   "[[controller]]\npath = \"PC00/03.0/00.0\"\n"
                                   "id = \"8086:a36d\"\n");
    const Profile after = parsed_again(host, two, parse_address("0000:07:00.0"));
    CHECK(after.controllers[0].pins.address == parse_address("0000:05:00.0"));
    CHECK(after.controllers[1].pins.address == parse_address("0000:07:00.0"));
    const auto bridge = repin(two, host, parse_address("0000:00:02.0"));
    CHECK_FALSE(bridge.has_value());
}

TEST_CASE("members follow their controller by place or pins, and keep what the guest gets") {
    const std::string members =
        "[[controller.member]]\npath = \"PC00/02.0/00.1\"\nid = \"1022:1487\"\nguest = true\n"
        "[[controller.member]]\npath = \"PC00/02.0/00.2\"\nid = \"1022:1486\"\n";
    const Profile profile = profile_of("[vm]\nname = \"x\"\n" + card + members);
    const Host host = host_with(function("03", "07", "0", "1b21:1242", 4) + "," +
                                function("03", "07", "1", "1022:1487", 4, "040300") + "," +
                                function("03", "07", "2", "1022:1486", 4, "108000"));
    const Profile after = parsed_again(host, profile);
    REQUIRE(after.controllers[0].members.size() == 2);
    CHECK(after.controllers[0].members[0].guest);
    CHECK(after.controllers[0].members[0].pins.path == "PC00/03.0/00.1");
    CHECK_FALSE(after.controllers[0].members[1].guest);
}

TEST_CASE("a member that left the group is left out, but not one that the guest has") {
    const auto profile = [](const std::string& guest) {
        return profile_of("[vm]\nname = \"x\"\n" + card +
                          "[[controller.member]]\npath = \"PC00/02.0/00.1\"\nid = \"1022:1487\"\n"
                          "guest = " +
                          guest + "\n");
    };
    const Host host = host_with(function("02", "05", "0", "1b21:1242", 4) + "," +
                                function("02", "05", "1", "1022:1487", 9, "040300"));
    CHECK(parsed_again(host, profile("false")).controllers[0].members.empty());
    CHECK(repin(profile("false"), host, std::nullopt)->notes.size() == 1);
    CHECK(code_of(host, profile("true")) == "no-such-controller");
}

TEST_CASE("what stands in the way newly is written as comments") {
    const Host host = host_with(function("02", "05", "0", "1b21:1242", 4) + "," +
                                function("02", "05", "1", "1022:1487", 4, "040300"));
    const Profile profile = profile_of(card);
    const auto repinned = repin(profile, host, std::nullopt);
    REQUIRE(repinned.has_value());
    const std::string text = profile_text(host, PciNames(), profile, *repinned);
    CHECK(has(text, "  # [[controller.member]]\n"));
    CHECK(has(text, "  # address   = \"0000:05:00.1\"\n"));
}

TEST_CASE("texts come back as they were and no character can trick a terminal") {
    for (const std::string text : {"plain", "a\"b\\c", "tab\tand\nline", "über", "\x1b[31m", "\x7f",
                                   "x\u202ey", "\U0001f600"}) {
        CAPTURE(text);
        const std::string written = toml_string(text);
        CHECK_FALSE(has(written, "\x1b"));
        CHECK_FALSE(has(written, "\u202e"));
        const Profile profile = profile_of("description = " + written + "\n" + card);
        CHECK(profile.description == text);
    }
}
