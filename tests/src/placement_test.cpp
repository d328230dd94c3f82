// SPDX-License-Identifier: GPL-2.0-or-later
// Where the threads of guests go on real machines: tests/cpus.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "src/pins/choose_cpus.hpp"
#include "src/render/text.hpp"
#include "tests/support/placement_case.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;

namespace {

std::string row(const std::string& who, const Placement::Place& place) {
    return "  " + padded(who, 12) + padded(to_cpu_list(place.cpus), 16) + "  " + place.why + "\n";
}

std::string indented(const std::string& text, const std::string& indent) {
    std::string result;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) result += indent + line + "\n";
    return result;
}

std::string text_of(const Placement& placement) {
    std::string text;
    for (const auto& [vcpu, place] : placement.vcpus)
        text += row("vcpu " + std::to_string(vcpu), place);
    if (placement.emulator) text += row("emulator", *placement.emulator);
    for (const auto& [id, place] : placement.iothreads)
        text += row("iothread " + std::to_string(id), place);
    if (placement.interrupts) text += row("interrupts", *placement.interrupts);
    for (const Finding& finding : placement.findings)
        text += "! " + std::string(to_string(finding.severity)) + " " + finding.code + "\n" +
                indented(finding.message, "  ") + indented(finding.hint, "    ");
    return text;
}

std::string content_of(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

const std::vector<PlacementCase>& all_cases() {
    static const auto cases = read_placement_cases();
    return cases;
}

}  // namespace

TEST_CASE("every wish for pins has the placement that is written beside it") {
    CHECK(all_cases().size() >= 30);
    std::set<std::string> machines;
    for (const PlacementCase& each : all_cases()) {
        CAPTURE(each.name);
        machines.insert(each.machine);
        const std::string text = text_of(place(each.question()));
        if (std::getenv("CTRLPASS_UPDATE") != nullptr)
            std::ofstream(each.expected_path) << text;
        else
            CHECK(text == content_of(each.expected_path));
    }
    CHECK(machines.size() == 14);
}

TEST_CASE("chosen CPUs are isolated, online and each given once, whatever is asked for") {
    int placed = 0;
    for (PlacementCase each : all_cases()) {
        each.wish.vcpus = CpuKind::isolated;
        for (each.guest.threads = 1; each.guest.threads <= 4; each.guest.threads *= 2)
            for (each.guest.vcpus = 1; each.guest.vcpus <= 34;
                 each.guest.vcpus += 1 + each.guest.vcpus / 3) {
                CAPTURE(each.name);
                CAPTURE(each.guest.vcpus);
                CAPTURE(each.guest.threads);
                const Placement placement = place(each.question());
                const bool enough = each.host.isolated.size() >= each.guest.vcpus;
                REQUIRE(placement.vcpus.size() == (enough ? each.guest.vcpus : 0));
                CpuSet used;
                for (const auto& [vcpu, seat] : placement.vcpus) {
                    REQUIRE(seat.cpus.size() == 1);
                    const unsigned cpu = *seat.cpus.begin();
                    REQUIRE(used.insert(cpu).second);
                    REQUIRE(each.host.is_online(cpu));
                    REQUIRE(each.host.isolated.contains(cpu));
                }
                if (placement.emulator && each.wish.emulator == CpuWish(CpuKind::housekeeping))
                    for (const unsigned cpu : placement.emulator->cpus)
                        REQUIRE(each.host.housekeeping().contains(cpu));
                placed += enough;
            }
    }
    MESSAGE("placements: ", placed);
}

TEST_CASE("the same case has the same answer, whatever the order of the nodes") {
    for (const PlacementCase& each : all_cases()) {
        CAPTURE(each.name);
        const Placement first = place(each.question());
        CHECK(place(each.question()) == first);
        PlacementCase turned = each;
        std::ranges::reverse(turned.nodes);
        turned.nodes.insert(turned.nodes.end(), each.nodes.begin(), each.nodes.end());
        CHECK(place(turned.question()) == first);
    }
}

TEST_CASE(
    "a command line that is offered makes the wish come true, without a word about siblings") {
    int offered = 0;
    for (PlacementCase each : all_cases()) {
        each.wish = {.vcpus = CpuKind::isolated, .interrupts = CpuKind::isolated};
        each.host.isolated.clear();
        each.others.clear();
        for (each.guest.vcpus = 2; each.guest.vcpus <= 32; each.guest.vcpus *= 2) {
            CAPTURE(each.name);
            CAPTURE(each.guest.vcpus);
            const Placement refused = place(each.question());
            REQUIRE(refused.findings.size() == 1);
            const Finding& finding = refused.findings.front();
            REQUIRE(finding.code == "too-few-isolated");
            PlacementCase isolated = each;
            if (!isolate_as_told(isolated.host, finding.hint)) continue;
            ++offered;
            CHECK_FALSE(isolated.host.housekeeping().empty());
            const Placement placement = place(isolated.question());
            CHECK(placement.vcpus.size() == each.guest.vcpus);
            for (const Finding& other : placement.findings) {
                CHECK(other.severity == Severity::warn);
                CHECK(other.message.find("housekeeping") == std::string::npos);
            }
        }
    }
    CHECK(offered > 100);
}

TEST_CASE("a definition's own pins count where the profile does not say otherwise") {
    PlacementCase each = placement_case("xeon-one-node");
    each.wish = {.emulator = CpuSet{3}};
    each.guest.fifo = {0};
    each.guest.vcpu_pins = {{0, {3}}, {1, {4}}};
    const Placement placement = place(each.question());
    REQUIRE(placement.findings.size() == 2);
    CHECK(placement.findings.front().code == "cpu-far");
    CHECK(placement.findings.back().code == "fifo-shared");
    each.wish = {.emulator = CpuSet{4}};
    CHECK(place(each.question()).findings.size() == 1);
}

TEST_CASE("a wish for nothing places nothing and finds nothing") {
    PlacementCase each = placement_case("xeon-by-hand");
    each.wish = {};
    CHECK(place(each.question()) == Placement{});
}

TEST_CASE("names of domains are shown escaped") {
    PlacementCase each = placement_case("xeon-guest-by-turns");
    each.others = {{"a\x1b[31m", {2, 3, 18, 19}}};
    for (const Finding& finding : place(each.question()).findings)
        CHECK(finding.message.find('\x1b') == std::string::npos);
}
