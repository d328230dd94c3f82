// SPDX-License-Identifier: GPL-2.0-or-later
// Attributes, links and tables of the kernel with anything in them: strings of USB devices are the
// hardware's, mount points anybody's.
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "iommu/read_host.hpp"
#include "src/findings/judge.hpp"
#include "src/plan/gather.hpp"
#include "src/profile/profile_text.hpp"
#include "src/render/inspect.hpp"
#include "src/render/render.hpp"
#include "src/render/render_json.hpp"
#include "tests/fuzz/fuzzing.hpp"
#include "tests/fuzz/tree_under_attack.hpp"

using namespace ctrlpass;
using namespace ctrlpass::fuzzing;

namespace {

constexpr auto wish = R"(
format = 1
allow = ["companion-left"]
[vm]
name = "win11"
[[controller]]
path = "PC00/01.0/00.0"
address = "0000:01:00.0"
id = "1912:0014"
  [[controller.member]]
  address = "0000:01:00.1"
[[controller]]
address = "0000:00:1a.0"
)";

std::string machine_text() {
    std::ifstream file(TESTS_DIR "/fuzz/machine.json");
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

void require_json(const std::string& text, const char* what) {
    require(nlohmann::json::accept(text), what, text);
}

void inspect(const Root& root) {
    const auto host = read_host(root, Scope{.everything = true, .subjects = {}});
    if (!host) return require_printable(error_text(host.error(), Style()), "an error is text");
    std::vector<int> groups;
    for (const Group& group : host->groups) groups.push_back(group.number);
    const Holders holders = read_holders(root, groups, host->nodes);
    Verdicts verdicts;
    for (const Controller& controller : host->controllers)
        verdicts[controller.address] = verdict_of(*host, holders, controller, "");
    static const PciNames names;
    require_printable(inspect_text(*host, verdicts, names, Style()), "inspect is text");
    require_json(inspect_json(*host, verdicts), "inspect --json is JSON");
    for (const Controller& controller : host->controllers) {
        const Function* const function = host->function(controller.address);
        if (function == nullptr) continue;
        const std::string text = profile_text(*host, names, *function, "win11");
        require_printable(text, "init is text");
        const auto profile = parse_profile(text, "/profiles/new.toml");
        require(profile.has_value(), "what init writes can be read", text);
    }
}

void plan(const Root& root) {
    static const auto profile = parse_profile(wish, "/profiles/wish.toml");
    require(profile.has_value(), "the wish is a profile");
    const auto facts = gather_facts(root, {*profile}, {}, nullptr);
    if (!facts) return require_printable(error_text(facts.error(), Style()), "an error is text");
    const Plan plan = make_plan(*facts);
    require_printable(plan_text(plan, Style()), "plan is text");
    require_json(plan_json("plan", plan), "plan --json is JSON");
}

void read_all_of(const Root& root) {
    inspect(root);
    plan(root);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static TreeUnderAttack tree(machine_text(), [](Root& root) { read_all_of(root); });
    tree.attack(text_of(data, size));
    read_all_of(tree.root());
    tree.mend();
    return 0;
}
