// SPDX-License-Identifier: GPL-2.0-or-later
// The members of the documents that scripts rely on, and what they say where nothing is known.
#include <doctest/doctest.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "src/render/render.hpp"
#include "src/render/render_json.hpp"
#include "tests/support/ledger_files.hpp"
#include "tests/support/run_program.hpp"
#include "tests/support/small_scene.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;
using Json = nlohmann::ordered_json;
using Names = std::vector<std::string>;

namespace {

Run run(const std::string& words) {
    return run_command(std::string(CTRLPASS_BINARY) + " " + words);
}

Names members_of(const Json& json) {
    Names names;
    for (const auto& [key, value] : json.items()) names.push_back(key);
    return names;
}

Json inspected(const std::string& description) {
    const MachineTree tree = MachineTree::from(description);
    const Run inspect = run("inspect --json --root " + tree.directory());
    CHECK(inspect.code == 0);
    Json json = Json::parse(inspect.output, nullptr, false);
    REQUIRE_MESSAGE(json.is_object(), inspect.output);
    return json;
}

const std::string bare_machine =
    R"({"cpu":"intel","iommu":"off-in-firmware","functions":[{"address":"0000:00:14.0",
    "path":"sys/devices/pci0000:00/0000:00:14.0","class":"0c0330","id":"8086:a36d","reset":[]}]})";

const std::string boot = [] {
    std::string id;
    std::getline(std::ifstream("/proc/sys/kernel/random/boot_id"), id);
    return id;
}();

}  // namespace

TEST_CASE("inspect's document has the members of the contract, in their order") {
    const MachineTree tree = MachineTree::load("busy-desk");
    const Json json =
        Json::parse(run("inspect --json --root " + tree.directory()).output, nullptr, false);
    REQUIRE(json.is_object());
    CHECK(members_of(json) ==
          Names{"format", "command", "iommu", "controllers", "groups", "functions"});
    CHECK(members_of(json["iommu"]) == Names{"state", "interrupt_remapping", "reason"});
    CHECK(members_of(json["controllers"][0]) ==
          Names{"address", "id", "subsystem", "type", "driver", "override", "group", "members",
                "numa_node", "path", "reset", "companions", "verdict", "findings", "devices"});
    CHECK(members_of(json["groups"][0]) == Names{"number", "functions"});
    CHECK(members_of(json["functions"][0]) == Names{"address", "id", "class", "driver", "group"});
    const auto has_devices = [](const Json& one) { return !one["devices"].empty(); };
    const auto found = std::ranges::find_if(json["controllers"], has_devices);
    REQUIRE(found != json["controllers"].end());
    CHECK(members_of((*found)["devices"][0]) ==
          Names{"port", "id", "product", "driver", "carries", "devices"});
}

TEST_CASE("what a machine does not have is null in inspect's document, and lists are empty") {
    const Json json = inspected(bare_machine);
    REQUIRE(json["controllers"].size() == 1);
    const Json& controller = json["controllers"][0];
    for (const char* const name : {"subsystem", "driver", "override", "group", "numa_node"}) {
        CAPTURE(std::string(name));
        CHECK(controller[name].is_null());
    }
    for (const char* const name : {"members", "reset", "companions", "devices"}) {
        CAPTURE(std::string(name));
        CHECK(controller[name] == Json::array());
    }
    CHECK(json["iommu"]["state"] == "off-in-firmware");
    CHECK(json["groups"] == Json::array());
    CHECK(json["functions"][0]["driver"].is_null());
    CHECK(json["functions"][0]["group"].is_null());
    CHECK(json["functions"][0]["class"] == "0c0330");
}

TEST_CASE("a class that cannot be read is null, and nobody's controller") {
    const MachineTree tree = MachineTree::from(bare_machine);
    for (const char* const garbage : {"", "xyz\n", "0x0c0330f0f\n", "0x10c0330\n"}) {
        CAPTURE(std::string(garbage));
        tree.write("sys/devices/pci0000:00/0000:00:14.0/class", garbage);
        const Json json =
            Json::parse(run("inspect --json --root " + tree.directory()).output, nullptr, false);
        REQUIRE(json.is_object());
        CHECK(json["controllers"] == Json::array());
        CHECK(json["functions"][0]["class"].is_null());
    }
}

TEST_CASE("apply's document lists what was done, rollback's what was put back") {
    Scene scene = small_scene(R"(,"reset":["flr"])");
    const auto applied = scene.apply({small_profile("allow = [\"no-reset\"]\n")});
    REQUIRE(applied.has_value());
    const Json apply = Json::parse(report_json("apply", applied->plan, applied->report));
    CHECK(members_of(apply) == Names{"format", "command", "profiles", "changes", "findings", "done",
                                     "restored", "stuck", "changed", "pending", "placed", "left",
                                     "not_placed"});
    CHECK(apply["done"] == Json::array({"binding 0000:00:14.0"}));
    CHECK(apply["restored"] == Json::array());
    CHECK(apply["stuck"] == Json::array());
    CHECK(apply["changed"] == true);
    CHECK(apply["pending"] == false);

    const auto undone = scene.rollback({"front"});
    REQUIRE(undone.has_value());
    const Json rollback = Json::parse(report_json("rollback", undone->plan, undone->report));
    CHECK(members_of(rollback) == Names{"format", "command", "profiles", "changes", "findings",
                                        "done", "restored", "stuck", "changed"});
    CHECK(rollback["restored"] == Json::array({"binding 0000:00:14.0"}));
    CHECK(rollback["changed"] == true);
}

TEST_CASE("an apply that is refused has the same document, and an error when there was no plan") {
    if (::geteuid() != 0) return;
    const TempDir directory;
    const std::string none = directory.path() + "/none.toml";
    std::ofstream(none) << "format = 1\n[[controller]]\naddress = \"ffff:ff:1f.7\"\n";
    const std::string state = " --state " + directory.path() + "/state";
    const Run refused = run("apply --json " + none + state);
    if (refused.code == 1) {
        MESSAGE("skipped: this machine has no PCI bus");
        return;
    }
    CHECK(refused.code == 3);
    const Json json = Json::parse(refused.output, nullptr, false);
    REQUIRE_MESSAGE(json.is_object(), refused.output);
    CHECK(members_of(json) == Names{"format", "command", "profiles", "changes", "findings", "done",
                                    "restored", "stuck", "changed", "pending", "placed", "left",
                                    "not_placed"});
    CHECK(json["findings"][0]["code"] == "no-such-controller");
    CHECK(json["changed"] == false);
    const Run unknown = run("rollback --json front" + state + " 2>/dev/null | cat");
    const Json error =
        Json::parse(unknown.output.substr(0, unknown.output.rfind('}') + 1), nullptr, false);
    REQUIRE_MESSAGE(error.is_object(), unknown.output);
    CHECK(members_of(error) == Names{"format", "command", "profiles", "changes", "findings", "done",
                                     "restored", "stuck", "changed", "error"});
    CHECK(members_of(error["error"]) == Names{"what", "where", "hint"});
}

TEST_CASE("status tells drift setting by setting, and exits 4 only when it is asked to") {
    const TempDir directory;
    const LedgerFiles ledgers(directory.path() + "/state");
    ledgers.apply("front", boot, BindingSetting{*parse_address("ffff:ff:1f.7")},
                  Binding{"xhci_hcd", {}}, Binding{"vfio-pci", "vfio-pci"});
    const Run text = run("status" + ledgers.option());
    CHECK(text.code == 0);
    CHECK(has(text.output, "applied, and something differs"));
    CHECK(has(text.output, "~ binding ffff:ff:1f.7"));
    CHECK(run("status --exit-code" + ledgers.option()).code == 4);
    const Json json = Json::parse(run("status --json" + ledgers.option()).output, nullptr, false);
    REQUIRE(json.is_object());
    const Json& profile = json["profiles"][0];
    CHECK(profile["drift"] == true);
    const Json& setting = profile["settings"][0];
    CHECK(members_of(setting) ==
          Names{"setting", "kind", "subject", "recorded", "now", "drift", "remark"});
    CHECK(setting["recorded"]["driver"] == "vfio-pci");
    CHECK(setting["now"].is_null());
    CHECK(has(setting["remark"], "there is no such PCI function"));
}

TEST_CASE("status without drift exits 0 with --exit-code as well") {
    const TempDir directory;
    CHECK(run("status --exit-code --state " + directory.path() + "/none").code == 0);
}

TEST_CASE("the columns of a plan line up when names are not ASCII") {
    Plan plan{.profiles = {"front"}};
    const State absent = std::optional<std::string>();
    const State xml = std::optional<std::string>("<hostdev/>");
    for (const char* const name : {"Gerät-日本", "win11", "e\xcc\x81"})
        plan.changes.push_back({.profile = "front",
                                .setting = HostdevSetting{{"qemu:///system", name, name},
                                                          *parse_address("0000:00:14.0")},
                                .before = absent,
                                .after = xml});
    const std::string text = plan_text(plan, Style());
    std::set<std::size_t> columns;
    std::size_t rows = 0;
    for (std::size_t at = text.find(shown(xml)); at != text.npos;
         at = text.find(shown(xml), at + 1)) {
        const std::size_t begin = text.rfind('\n', at) + 1;
        columns.insert(width_of(text.substr(begin, at - begin)));
        ++rows;
    }
    CHECK(rows == 3);
    CHECK(columns.size() == 1);
}

TEST_CASE("the way forward never is only to accept: how to do that is said by itself") {
    for (const FindingCode& code : finding_codes()) {
        CAPTURE(std::string(code.code));
        CHECK_FALSE(code.way_forward.starts_with("Accept"));
    }
}

TEST_CASE("a controller that shares its group with a bridge is not said to need company only") {
    const MachineTree tree = MachineTree::load("thinkpad-t14-usb4");
    const Run inspect = run("inspect --root " + tree.directory());
    CHECK(has(inspect.output, "cannot be given away: "));
    CHECK_FALSE(has(inspect.output, "given away alone"));
}
