// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>

#include "src/commands/after_exception.hpp"
#include "src/commands/armed_way_back.hpp"
#include "src/commands/outcome_text.hpp"
#include "src/commands/unconfirmed.hpp"
#include "src/commands/writing.hpp"
#include "src/ledger/recorded_names.hpp"

namespace ctrlpass {

namespace {

std::vector<std::string> all_names(const Recorded& recorded) {
    std::vector<std::string> names;
    for (const auto& [name, ledger] : recorded) names.push_back(name);
    return names;
}

/// Only what every command that writes puts right first. What a ledger that cannot be read has
/// unfinished is not known: it is left, and named.
Result<int> put_right_what_is_unfinished(const Options& options, const Console& console) {
    TRY(require_root());
    LiveKernel kernel{std::chrono::seconds(options.deadline)};
    const auto session = TRY(open_in_time(options, kernel));
    TRY(recover_firmly(*session));
    Report report = session->recovery();
    std::ranges::move(left_for_broken_ledgers(all_names(session->recorded()), session->recorded()),
                      std::back_inserter(report.stuck));
    const Transaction recovered{"rollback", [&] {
                                    Outcome outcome;
                                    outcome.report = report;
                                    return Result<Outcome>(outcome);
                                }};
    return run_transactions({recovered}, console, [](const Outcome& outcome) {
        return after_rollback(outcome, Report{});
    });
}

}  // namespace

Result<int> run_rollback(const Options& options, const Console& console) {
    if (!options.unconfirmed.empty()) return run_armed_way_back(options, console);
    if (options.unfinished) return put_right_what_is_unfinished(options, console);
    TRY(require_root());
    if (options.dry_run) return rehearse_rollback(options, console);
    // A wrong name, and nothing at all, make no state directory.
    const auto recorded = TRY(read_ledgers(options.state));
    const auto asked = TRY(recorded_names(options.names, recorded));
    if (asked.empty()) {
        const Transaction nothing{"rollback", [] { return Result<Outcome>(Outcome{}); }};
        return run_transactions({nothing}, console, [](const Outcome& outcome) {
            return after_rollback(outcome, Report{});
        });
    }
    if (left_for_broken_ledgers(asked, recorded).size() == asked.size())
        return std::unexpected(recorded.at(asked.front()).broken->error);
    LiveKernel kernel{std::chrono::seconds(options.deadline)};
    const auto session = TRY(open_session(options, kernel, console));
    const auto names = TRY(recorded_names(options.names, session->recorded()));
    std::vector<std::vector<std::string>> together{names};
    if (options.all && names.size() > 1) {
        together.clear();
        for (const std::string& name : names) together.push_back({name});
    }
    std::vector<Transaction> transactions;
    for (const auto& some : together)
        transactions.push_back({"rollback",
                                [&session, some] {
                                    return undone_if_it_throws(
                                        *session, [&] { return roll_back(*session, some); });
                                },
                                options.all});
    const Report& earlier = session->recovery();
    return run_transactions(
        transactions, console,
        [&](const Outcome& outcome) { return after_rollback(outcome, earlier); }, earlier);
}

}  // namespace ctrlpass
