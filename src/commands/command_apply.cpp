// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/commands/after_exception.hpp"
#include "src/commands/armed_way_back.hpp"
#include "src/commands/boot_run.hpp"
#include "src/commands/caught_signals.hpp"
#include "src/commands/follower.hpp"
#include "src/commands/outcome_text.hpp"
#include "src/commands/unconfirmed.hpp"
#include "src/commands/writing.hpp"

namespace ctrlpass {

namespace {

std::optional<Confirmation> confirmation_of(const Options& options) {
    if (options.confirm_within == 0) return std::nullopt;
    return Confirmation{options.confirm_within, [&options](const std::string& transaction) {
                            return ArmedWayBack{transaction, options.confirm_within, options.state,
                                                options.deadline}
                                .arm();
                        }};
}

/// One that runs keeps a guest where the profile said when it started: it begins anew.
Result<> renew_followers(const std::vector<Profile>& profiles, const Recorded& before) {
    for (const Profile& profile : profiles) {
        const auto ledger = before.find(profile.name);
        const bool known = ledger != before.end() && ledger->second.is_applied();
        if (known && ledger->second.committed->profile_digest != profile.digest)
            TRY(renew_follower(profile.path));
    }
    return {};
}

Result<Outcome> apply(const std::vector<std::string>& names, const Options& options,
                      Session& session, const Console& console) {
    TRY(may_begin(names));
    const Trust trust = options.all ? Trust::root_only : Trust::interactive;
    std::vector<std::string> notes;
    const auto profiles = TRY(load_profiles(names, trust, notes));
    for (const std::string& note : notes) console.note(note);
    const Recorded before = session.recorded();
    auto outcome =
        apply_profiles(session, profiles, {options.may_lock_out, confirmation_of(options)});
    // What waits is followed as it was until it is kept.
    if (outcome && outcome->exit_code() == exit_code::done && outcome->pending.empty())
        if (const auto renewed = renew_followers(profiles, before); !renewed)
            console.say(renewed.error());
    return outcome;
}

}  // namespace

Result<int> run_apply(const Options& options, const Console& console) {
    if (options.boot) return run_apply_at_boot(options, console);
    std::vector<std::vector<std::string>> together{options.names};
    if (options.all) {
        together.clear();
        for (const std::string& path : TRY(trusted_profile_paths())) together.push_back({path});
        if (together.empty())
            return fail("there is no profile in /etc/ctrlpass/profiles.d", {}, {},
                        Trouble::bad_input);
    } else {
        // A bad profile is told before anything else is done, and without being root.
        std::vector<std::string> notes;
        TRY(load_profiles(options.names, Trust::interactive, notes));
    }
    LiveKernel kernel{std::chrono::seconds(options.deadline)};
    auto session = TRY(open_session(options, kernel, console));
    // One that comes before the question is a "no".
    const CaughtSignals caught;
    std::vector<Transaction> transactions;
    std::vector<std::string> pending;
    for (const auto& names : together)
        transactions.push_back({"apply",
                                [&, names] {
                                    auto outcome = undone_if_it_throws(*session, [&] {
                                        return apply(names, options, *session, console);
                                    });
                                    if (outcome && !outcome->pending.empty())
                                        pending.push_back(outcome->pending);
                                    return outcome;
                                },
                                options.all});
    const int code = run_transactions(transactions, console, after_apply, session->recovery());
    if (pending.empty() || !can_ask(console)) return code;
    session.reset();  // others may confirm meanwhile
    const int kept = TRY(ask_to_keep(options, pending, console));
    return code == exit_code::done ? kept : code;
}

}  // namespace ctrlpass
