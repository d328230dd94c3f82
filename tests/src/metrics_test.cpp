// SPDX-License-Identifier: GPL-2.0-or-later
// The state in numbers. That Prometheus takes them is asked of promtool in scripts/check-metrics.
#include "src/render/metrics.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "src/commands/metrics_of.hpp"
#include "tests/support/ledger_files.hpp"
#include "tests/support/plan_of.hpp"
#include "tests/support/run_program.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;

namespace {

namespace fs = std::filesystem;

const Setting binding = BindingSetting{*parse_address("0000:30:00.4")};

/// The machine x470 and a state directory.
struct Desk {
    TempDir directory;
    MachineTree tree = MachineTree::load("x470");
    LedgerFiles ledgers{directory.path() + "/state"};

    Run run(const std::string& words = "") const {
        return run_command(std::string(CTRLPASS_BINARY) + " metrics --root " + tree.directory() +
                           ledgers.option() + " " + words);
    }
    /// The value of one sample, "" where there is none.
    std::string value(const std::string& sample) const {
        std::istringstream lines(run().output);
        for (std::string line; std::getline(lines, line);)
            if (line.starts_with(sample + " ")) return line.substr(sample.size() + 1);
        return "";
    }
    std::string boot() const {
        return Root::open(tree.directory())->attribute("proc/sys/kernel/random/boot_id").value();
    }
    void give_away() const {
        const std::string home = "sys/bus/pci/devices/0000:30:00.4/";
        tree.link(home + "driver", "../../../bus/pci/drivers/vfio-pci");
        tree.write(home + "driver_override", "vfio-pci\n");
    }
};

std::string content(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

RecordedProfile ledger_of(const std::vector<Record>& records) { return fold("front", records); }

std::string last_apply(const RecordedProfile& ledger, std::int64_t seconds_left = 0) {
    MetricsFacts facts;
    facts.profiles.push_back({"front", ledger, seconds_left, {}});
    const auto metrics = metrics_of(facts);
    const auto found = std::ranges::find(metrics, "profile_last_apply_success", &Metric::name);
    return found->samples.empty() ? "none" : std::to_string(found->samples.front().value);
}

BeginRecord begin_of(Verb verb) {
    BeginRecord begin;
    begin.verb = verb;
    begin.time = "2026-01-02T03:04:05Z";
    begin.boot = "boot";
    return begin;
}

}  // namespace

TEST_CASE("every metric has its HELP and TYPE once, before its samples") {
    const Desk desk;
    const Run result = desk.run();
    CHECK(result.code == 0);
    std::istringstream lines(result.output);
    std::set<std::string> seen;
    std::string help;
    std::string name;
    int samples = 0;
    for (std::string line; std::getline(lines, line);) {
        CAPTURE(line);
        if (line.starts_with("# HELP ")) {
            help = line.substr(7, line.find(' ', 7) - 7);
            CHECK(seen.insert(help).second);
        } else if (line.starts_with("# TYPE ")) {
            name = help;
            CHECK(line == "# TYPE " + name + " gauge");
        } else {
            ++samples;
            CHECK(name.starts_with("ctrlpass_"));
            const bool is_its = line.starts_with(name + " ") || line.starts_with(name + "{");
            CHECK(is_its);
        }
    }
    CHECK(samples > 20);
}

TEST_CASE("the controllers are counted by driver, with what hangs on them and their verdicts") {
    const Desk desk;
    desk.give_away();
    CHECK(desk.value("ctrlpass_controllers{driver=\"vfio-pci\"}") == "1");
    CHECK(desk.value("ctrlpass_controllers{driver=\"xhci_hcd\"}") == "4");
    CHECK(desk.value("ctrlpass_controller_devices{address=\"0000:30:00.3\"}") == "2");
    CHECK(desk.value("ctrlpass_controller_verdict{address=\"0000:30:00.3\",verdict=\"cost\"}") ==
          "1");
    CHECK(desk.value("ctrlpass_controller_verdict{address=\"0000:30:00.3\",verdict=\"free\"}") ==
          "0");
    CHECK(desk.value("ctrlpass_groups") == "5");
    CHECK(desk.value("ctrlpass_iommu_on") == "1");
}

TEST_CASE("a group with another host driver, and a controller without a group, are not viable") {
    Desk desk;
    desk.tree = MachineTree::load("m75s-shared-groups");
    const auto host = host_of(desk.tree);
    const std::string text = desk.run().output;
    std::size_t viable = 0;
    std::size_t all = 0;
    for (const Metric& metric : metrics_of({{host, {}, {}}, {}, {}, 0}))
        if (metric.name == "controller_group_viable") all = metric.samples.size();
    for (std::size_t at = 0; (at = text.find("group_viable{", at)) != text.npos; ++at)
        viable += text[text.find('\n', at) - 1] == '1' ? 1U : 0U;
    CHECK(all == host.controllers.size());
    CHECK(viable < all);
    desk.tree = MachineTree::load("dual-xeon-no-groups");
    CHECK(desk.value("ctrlpass_groups") == "0");
    CHECK_FALSE(has(desk.run().output, "viable{address=\"0000:00:1a.0\"} 1"));
}

TEST_CASE("drift is told and is no failure") {
    const Desk desk;
    desk.ledgers.apply("front", desk.boot(), binding, Binding{"xhci_hcd", {}},
                       Binding{"vfio-pci", "vfio-pci"});
    CHECK(desk.run().code == 0);
    CHECK(desk.value("ctrlpass_profile_applied{profile=\"front\"}") == "1");
    CHECK(desk.value("ctrlpass_profile_drift{profile=\"front\"}") == "1");
    CHECK(desk.value("ctrlpass_profile_settings_differing{profile=\"front\"}") == "1");
    CHECK(desk.value("ctrlpass_profile_last_apply_success{profile=\"front\"}") == "1");
    // date -d 2026-11-23T15:22:52Z +%s
    CHECK(desk.value("ctrlpass_profile_last_apply_timestamp_seconds{profile=\"front\"}") ==
          "1795447372");
    desk.give_away();
    CHECK(desk.value("ctrlpass_profile_drift{profile=\"front\"}") == "0");
    CHECK(desk.value("ctrlpass_profile_settings{profile=\"front\"}") == "1");
    CHECK(desk.value("ctrlpass_profile_settings_differing{profile=\"front\"}") == "0");
}

TEST_CASE("a definition that cannot be asked for is unknown, not differing") {
    const Desk desk;
    const HostdevSetting hostdev{{"qemu:///system", "u", "win11"}, *parse_address("0000:30:00.4")};
    desk.ledgers.apply("front", desk.boot(), hostdev, std::optional<std::string>{},
                       std::optional<std::string>{"<hostdev/>"});
    CHECK(desk.value("ctrlpass_profile_settings_unknown{profile=\"front\"}") == "1");
    CHECK(desk.value("ctrlpass_profile_settings_differing{profile=\"front\"}") == "0");
    CHECK(desk.value("ctrlpass_profile_drift{profile=\"front\"}") == "1");
}

TEST_CASE("the last apply was kept, undone, interrupted, or waits") {
    const BeginRecord apply = begin_of(Verb::apply);
    const BeginRecord rollback = begin_of(Verb::rollback);
    CHECK(last_apply(ledger_of({apply, CommitRecord{}})) == "1");
    CHECK(last_apply(ledger_of({apply, CommitRecord{}, apply, RestoredRecord{}})) == "0");
    CHECK(last_apply(ledger_of({apply, CommitRecord{}, apply})) == "0");
    CHECK(last_apply(ledger_of({apply, WaitRecord{100}}), 5) == "1");
    CHECK(last_apply(ledger_of({apply, WaitRecord{100}}), 0) == "0");
    CHECK(last_apply(ledger_of({apply, CommitRecord{}, rollback, RestoredRecord{}})) == "1");
    CHECK(last_apply(RecordedProfile{.name = "front"}) == "none");
    // An undone one at last is what counts, whatever came before.
    CHECK(last_apply(ledger_of({apply, RestoredRecord{}, apply, WaitRecord{9}}), 0) == "0");
}

TEST_CASE("a driver's name cannot break the format") {
    const Metric metric{"controllers", "Help.", {{{{"driver", "a\"b\\c\nd\xff\x1b[31m"}}, 1}}};
    CHECK(metrics_text({metric}) ==
          "# HELP ctrlpass_controllers Help.\n# TYPE ctrlpass_controllers gauge\n"
          "ctrlpass_controllers{driver=\"a\\\"b\\\\c\\\\x0ad\\\\xff\\\\x1b[31m\"} 1\n");
    const auto json = nlohmann::json::parse(metrics_json({metric}));
    CHECK(json["metrics"][0]["samples"][0]["value"] == 1);
}

TEST_CASE("the document of metrics has the same values") {
    const Desk desk;
    const auto json = nlohmann::json::parse(desk.run("--json").output, nullptr, false);
    REQUIRE(json.is_object());
    CHECK(json["command"] == "metrics");
    std::size_t samples = 0;
    for (const auto& metric : json["metrics"]) samples += metric["samples"].size();
    const std::string text = desk.run().output;
    std::size_t lines = 0;
    for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1)
        lines += text[at] == '#' ? 0U : 1U;
    CHECK(samples == lines);
}

TEST_CASE("a file of metrics is put in its place whole") {
    const Desk desk;
    const std::string file = desk.directory.path() + "/ctrlpass.prom";
    const Run written = desk.run("--output " + file);
    CHECK(written.code == 0);
    CHECK(written.output.empty());
    CHECK(content(file) == desk.run().output);
    CHECK(fs::status(file).permissions() == fs::perms(0644));
    CHECK_FALSE(fs::exists(desk.directory.path() + "/.ctrlpass.prom.new"));
    CHECK(desk.run("--output " + desk.directory.path() + "/none/x.prom").code == 1);
    CHECK(desk.run("--output " + desk.directory.path()).code == 1);
}

TEST_CASE("libvirt is asked only for a profile with a domain") {
    const Desk desk;
    int asked = 0;
    GuestHosts guests([&](const std::string&) -> Result<std::unique_ptr<GuestHost>> {
        ++asked;
        return fail("not here");
    });
    BeginRecord begin = begin_of(Verb::apply);
    begin.profile_path = "/nowhere/front.toml";
    const Root root = *Root::open(desk.tree.directory());
    const auto without = read_misplaced(root, ledger_of({begin, CommitRecord{}}), guests,
                                        desk.directory.path() + "/state");
    REQUIRE(without);
    CHECK_FALSE(*without);
    begin.domain = {"qemu:///system", "u", "win11"};
    begin.profile_path = desk.directory.path() + "/front.toml";
    const std::string profile = "format = 1\n[vm]\nname = \"win11\"\n" + first_controller;
    std::ofstream(begin.profile_path) << profile;
    begin.profile_digest = digest_of(profile);
    const std::string state = desk.directory.path() + "/state";
    CHECK(read_misplaced(root, ledger_of({begin, CommitRecord{}}), guests, state).has_value());
    CHECK(asked == 0);
    const std::string pinned = profile + "[pin]\ninterrupts = \"2\"\n";
    std::ofstream(begin.profile_path) << pinned;
    begin.profile_digest = digest_of(pinned);
    CHECK_FALSE(
        read_misplaced(root, ledger_of({begin, CommitRecord{}}), guests, state).has_value());
    CHECK(asked == 1);
}
