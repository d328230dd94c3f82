// SPDX-License-Identifier: GPL-2.0-or-later
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "src/commands/commands.hpp"
#include "src/commands/session.hpp"
#include "src/commands/ssh_session.hpp"
#include "src/commands/unsettled.hpp"
#include "src/ledger/broken.hpp"
#include "src/plan/gather.hpp"
#include "src/render/render.hpp"
#include "src/render/render_json.hpp"

namespace ctrlpass {

namespace {

std::string words_of(const std::vector<std::string>& names) {
    std::string text;
    for (const std::string& name : names) text += " " + shell_word(name);
    return text;
}

std::string command_line(const std::string& verb, const Options& options) {
    const auto& names =
        options.in_place_of.empty() ? options.names : std::vector{options.in_place_of};
    const std::string sudo = verb == "plan" || ::geteuid() == 0 ? "" : "sudo ";
    return "\n    " + sudo + "ctrlpass " + verb +
           (options.may_lock_out ? " --i-may-lock-myself-out" : "") + words_of(names) + "\n";
}

/// The last lines: how many changes, and the next command.
std::string closing(const Plan& plan, const std::vector<Profile>& profiles, const Options& options,
                    bool live, bool waits) {
    const bool with_guests = std::ranges::any_of(
        profiles, [](const Profile& profile) { return profile.vm.has_value(); });
    const std::string count = count_of(plan.changes.size(), "change");
    const std::string captured =
        std::string(live ? "" : " This is a captured host: nothing can be applied from here.") +
        (live || !with_guests ? "" : " The guests' definitions were not looked at.");
    if (plan.is_refused())
        return "Refused, " + count +
               " planned: nothing is done until the findings above are gone." + captured +
               (live ? " Then look again:" + command_line("plan", options) : "\n");
    if (waits) return count + ". Nothing is done before what waits to be confirmed is settled.\n";
    if (plan.changes.empty())
        return "Nothing to do: everything is as the profile wants it." + captured + "\n";
    if (!live) return count + "." + captured + "\n";
    return count + ". To make " + (plan.changes.size() == 1 ? "it:" : "them:") +
           command_line("apply", options);
}

/// The one profile as if it were there already: a draft of what is applied under its name.
Result<> put_in_place(std::vector<Profile>& profiles, const std::string& place) {
    if (profiles.size() != 1)
        return fail("--as is for one profile", {}, "Name one.", Trouble::bad_input);
    Profile& profile = profiles.front();
    std::error_code error;
    auto path = std::filesystem::absolute(place, error);
    if (!error) path = std::filesystem::weakly_canonical(path, error);
    if (error || path.filename() != profile.name + ".toml")
        return fail("--as needs the path of " + profile.name + ".toml", place,
                    "A profile keeps its name.", Trouble::bad_input);
    profile.path = path.string();
    return {};
}

}  // namespace

Result<int> run_plan(const Options& options, const Console& console) {
    std::vector<std::string> notes;
    auto profiles = TRY(load_profiles(options.names, Trust::anyone, notes));
    if (!options.in_place_of.empty()) TRY(put_in_place(profiles, options.in_place_of));
    const Root root = TRY(Root::open(options.root));
    std::vector<Finding> unknown;
    const Recorded recorded = TRY(recorded_for_reading(root, options.state, unknown));
    TRY(check_same_path(profiles, recorded));
    TRY(check_readable(names_of(profiles), recorded));
    GuestHosts guests;
    Facts facts = TRY(
        gather_facts(root, profiles, recorded, root.is_live() ? &guests : nullptr, options.state));
    facts.asks_about_start = true;
    if (root.is_live()) facts.ssh_connection = ssh_connection();
    facts.may_lock_out = options.may_lock_out;
    facts.gathered.insert(facts.gathered.end(), unknown.begin(), unknown.end());
    const Plan plan = make_plan(facts);
    const Unsettled unsettled =
        unsettled_for(plan, recorded, {facts.host.boot_id, seconds_since_boot()});
    if (console.json()) {
        console.print(plan_json("plan", plan));
    } else {
        const std::string text = plan_text(plan, console.style());
        console.print(
            text + (text.empty() ? "" : "\n") +
            closing(plan, facts.profiles, options, root.is_live(), unsettled.waits.has_value()));
    }
    for (const std::string& line : unsettled.interrupted) console.note(line);
    if (unsettled.waits) console.say(*unsettled.waits);
    if (plan.is_refused()) return exit_code::refused;
    return options.exit_code && !plan.changes.empty() ? exit_code::changes : exit_code::done;
}

}  // namespace ctrlpass
