// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <array>

#include "src/commands.hpp"
#include "src/render.hpp"
#include "src/render_json.hpp"
#include "src/session.hpp"
#include "src/writing.hpp"

namespace ctrlpass {

namespace {

/// The worst of 5, 1, 3, 0: what a run over several transactions exits with. Any other code is
/// worse than these: it stands for what stopped the run.
int worst(int a, int b) {
    constexpr std::array order{exit_code::done, exit_code::refused, exit_code::failed,
                               exit_code::stuck};
    const auto rank = [&](int code) { return std::ranges::find(order, code) - order.begin(); };
    return rank(a) < rank(b) ? b : a;
}

std::string closing(const Outcome& outcome) {
    const Report& report = outcome.report;
    if (report.failure)
        return report.stuck.empty() ? "Everything is as it was.\n"
                                    : "What is listed as stuck could not be put back.\n";
    if (!report.changed) return "Nothing to do: everything is as the profile wants it.\n";
    std::string names;
    for (const std::string& profile : outcome.plan.profiles) names += " " + profile;
    return count_of(report.done.size(), "change") +
           " made, verified and recorded. The way back:\n    ctrlpass rollback" + names + "\n";
}

int print(const Outcome& outcome, const Console& console) {
    return print_outcome("apply", outcome, closing(outcome), console);
}

}  // namespace

Result<int> run_apply(const Options& options, const Console& console) {
    std::vector<std::string> notes;
    const Trust trust = options.all ? Trust::root_only : Trust::interactive;
    std::vector<std::string> names = options.names;
    if (options.all) names = TRY(all_profile_paths());
    const auto profiles = TRY(load_profiles(names, trust, notes));
    for (const std::string& note : notes) console.note(note);
    LiveKernel kernel;
    const auto session = TRY(open_session(options, kernel, console));
    if (!options.all) {
        const Outcome outcome = TRY(apply_profiles(*session, profiles));
        return print(outcome, console);
    }
    int code = exit_code::done;
    for (const Profile& profile : profiles) {
        const auto outcome = apply_profiles(*session, {profile});
        code = worst(code, outcome ? print(*outcome, console)
                                   : console.fail("apply", outcome.error()));
    }
    return code;
}

}  // namespace ctrlpass
