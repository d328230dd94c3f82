// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/commands/commands.hpp"
#include "src/commands/writing.hpp"
#include "src/render/render.hpp"

namespace ctrlpass {

namespace {

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

Result<Outcome> apply(const std::vector<std::string>& names, const Options& options,
                      Session& session, const Console& console) {
    const Trust trust = options.all ? Trust::root_only : Trust::interactive;
    std::vector<std::string> notes;
    const auto profiles = TRY(load_profiles(names, trust, notes));
    for (const std::string& note : notes) console.note(note);
    return apply_profiles(session, profiles, options.may_lock_out);
}

}  // namespace

Result<int> run_apply(const Options& options, const Console& console) {
    std::vector<std::vector<std::string>> together{options.names};
    if (options.all) {
        together.clear();
        for (const std::string& path : TRY(all_profile_paths())) together.push_back({path});
        if (together.empty())
            return fail("there is no profile in /etc/ctrlpass/profiles.d", {}, {},
                        Trouble::bad_input);
    } else {
        // A bad profile is told before anything else is done, and without being root.
        std::vector<std::string> notes;
        TRY(load_profiles(options.names, Trust::interactive, notes));
    }
    LiveKernel kernel;
    const auto session = TRY(open_session(options, kernel, console));
    std::vector<Transaction> transactions;
    for (const auto& names : together)
        transactions.push_back(
            {"apply", [&, names] { return apply(names, options, *session, console); }});
    return run_transactions(transactions, console, closing);
}

}  // namespace ctrlpass
