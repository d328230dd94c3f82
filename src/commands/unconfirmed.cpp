// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/commands/unconfirmed.hpp"

#include <algorithm>
#include <thread>

#include "src/commands/after_exception.hpp"
#include "src/commands/armed_way_back.hpp"
#include "src/render/render.hpp"

namespace ctrlpass {

namespace {

using namespace std::chrono_literals;

constexpr auto between_looks = 500ms;
constexpr auto between_tries = 3s;

/// When it is to be put back: never before `earliest`, and not before its own time is over.
std::int64_t due_at(const Recorded& recorded, const std::vector<std::string>& profiles,
                    std::int64_t earliest) {
    std::int64_t due = earliest;
    for (const std::string& profile : profiles)
        due = std::max(due, recorded.at(profile).unfinished->waits_until.value_or(0));
    return due;
}

/// Waits without the lock until the transaction is due; false when it was kept or put back.
bool wait_until_due(const Options& options, std::int64_t earliest) {
    for (bool seen = false;; std::this_thread::sleep_for(between_looks)) {
        const auto recorded = read_ledgers(options.state);
        std::vector<std::string> profiles;
        if (recorded) profiles = profiles_of(options.unconfirmed, *recorded);
        if (recorded && seen && profiles.empty()) return false;
        seen = seen || !profiles.empty();
        const auto due = profiles.empty() ? earliest : due_at(*recorded, profiles, earliest);
        if (seconds_since_boot() >= due) return true;
    }
}

}  // namespace

Result<std::unique_ptr<Session>> open_patiently(const Options& options, Kernel& kernel) {
    for (;;) {
        Root root = TRY(Root::open("/"));
        auto session = Session::open(std::move(root), kernel, GuestHosts(), options.state);
        if (session || session.error().trouble != Trouble::locked) return session;
        std::this_thread::sleep_for(between_looks);
    }
}

std::vector<std::string> profiles_of(const std::string& transaction, const Recorded& recorded) {
    std::vector<std::string> profiles;
    for (const auto& [name, ledger] : recorded)
        if (ledger.unfinished && ledger.unfinished->begin.transaction == transaction &&
            ledger.unfinished->begin.pending)
            profiles.push_back(name);
    return profiles;
}

std::vector<std::string> transactions_of(const std::vector<std::string>& profiles,
                                         const Recorded& recorded) {
    std::vector<std::string> transactions;
    for (const std::string& profile : profiles) {
        const auto& open = recorded.at(profile).unfinished;
        if (!open || !open->waits_until) continue;
        const std::string& id = open->begin.transaction;
        if (std::ranges::find(transactions, id) == transactions.end()) transactions.push_back(id);
    }
    return transactions;
}

Result<> keep(Session& session, const std::vector<std::string>& profiles) {
    const auto transactions = transactions_of(profiles, session.recorded());
    for (const std::string& transaction : transactions)
        for (const std::string& profile : profiles_of(transaction, session.recorded()))
            TRY(session.ledger().append(profile, CommitRecord{}));
    for (const std::string& transaction : transactions) disarm_way_back(transaction);
    return session.reread();
}

Result<Undone> undo_now(const Options& options, const std::string& transaction, Patience patience) {
    LiveKernel kernel{std::chrono::seconds(options.deadline)};
    for (;; std::this_thread::sleep_for(between_tries)) {
        const auto session = TRY(open_patiently(options, kernel));
        const auto profiles = profiles_of(transaction, session->recorded());
        if (profiles.empty()) return Undone{{}, true};
        Outcome outcome = TRY(undo_firmly(*session, profiles));
        if (outcome.report.held && patience == Patience::endless) continue;
        // Whoever holds it: the armed way back waits for that.
        if (!outcome.report.held) disarm_way_back(transaction);
        return Undone{std::move(outcome), false};
    }
}

Result<int> run_unconfirmed(const Options& options, const Console& console) {
    LiveKernel kernel{std::chrono::seconds(options.deadline)};
    const std::int64_t earliest = seconds_since_boot() + options.after;
    for (;;) {
        if (!wait_until_due(options, earliest)) return exit_code::done;
        const auto session = TRY(open_patiently(options, kernel));
        const auto profiles = profiles_of(options.unconfirmed, session->recorded());
        if (profiles.empty()) return exit_code::done;
        // It was still at work, and has its full time from now.
        if (due_at(session->recorded(), profiles, earliest) <= seconds_since_boot()) break;
    }
    const Undone undone = TRY(undo_now(options, options.unconfirmed, Patience::endless));
    console.print(report_text(undone.outcome.report, console.style()));
    return undone.outcome.exit_code();
}

}  // namespace ctrlpass
