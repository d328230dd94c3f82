// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/commands/unconfirmed.hpp"

#include <algorithm>
#include <thread>

#include "src/commands/armed_way_back.hpp"
#include "src/commands/caught_signals.hpp"
#include "src/commands/follower.hpp"
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

/// Its ledger is not there any more, or it is ended too early: nothing puts that back now.
std::unexpected<Error> not_put_back(const std::vector<std::string>& profiles, std::string where) {
    const std::string names = joined(profiles);
    return fail("cannot put back what was not confirmed of profile " + names, std::move(where),
                "Bring it by hand to what you want:\n    ctrlpass status");
}

/// Waits without the lock until the transaction is due; false when it was kept or put back. Errors:
/// its ledger is gone, a signal ends this too early.
Result<bool> wait_until_due(const Options& options, std::int64_t earliest) {
    for (std::vector<std::string> seen;; std::this_thread::sleep_for(between_looks)) {
        const auto recorded = read_ledgers(options.state);
        std::vector<std::string> profiles;
        if (recorded) profiles = profiles_of(options.unconfirmed, *recorded);
        if (recorded && profiles.empty() && !seen.empty()) {
            std::erase_if(seen, [&](const auto& name) { return recorded->contains(name); });
            if (seen.empty()) return false;
            return not_put_back(seen, "its ledger is gone");
        }
        if (!profiles.empty()) seen = profiles;
        if (const auto signal = CaughtSignals::interruption())
            return not_put_back(seen, "ended by " + signal->where.substr(3) + " before its time");
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

namespace {

/// A guest that runs is followed by what is kept now, if that is another.
void renew_follower_of(const RecordedProfile& before) {
    const BeginRecord& kept = before.unfinished->begin;
    if (!before.committed || before.committed->profile_digest == kept.profile_digest) return;
    (void)renew_follower(kept.profile_path);
}

}  // namespace

Result<> keep(Session& session, const std::vector<std::string>& profiles) {
    const auto transactions = transactions_of(profiles, session.recorded());
    for (const std::string& transaction : transactions)
        for (const std::string& profile : profiles_of(transaction, session.recorded()))
            TRY(session.ledger().append(profile, CommitRecord{}));
    for (const std::string& transaction : transactions) disarm_way_back(transaction);
    for (const std::string& transaction : transactions)
        for (const std::string& profile : profiles_of(transaction, session.recorded()))
            renew_follower_of(session.recorded().at(profile));
    return session.reread();
}

Result<Undone> undo_now(const Options& options, const std::string& transaction, Patience patience) {
    LiveKernel kernel{std::chrono::seconds(options.deadline)};
    for (;; std::this_thread::sleep_for(between_tries)) {
        const auto session = TRY(open_patiently(options, kernel));
        const auto profiles = profiles_of(transaction, session->recorded());
        if (profiles.empty()) return Undone{{}, true};
        Outcome outcome = TRY(undo(*session, profiles));
        if (outcome.report.held && patience == Patience::endless) continue;
        // Whoever holds it: the armed way back waits for that. (It does not stop itself.)
        if (!outcome.report.held && patience == Patience::none) disarm_way_back(transaction);
        return Undone{std::move(outcome), false};
    }
}

Result<int> run_unconfirmed(const Options& options, const Console& console) {
    LiveKernel kernel{std::chrono::seconds(options.deadline)};
    const std::int64_t earliest = seconds_since_boot() + options.after;
    const CaughtSignals caught;
    for (;;) {
        const bool due = TRY(wait_until_due(options, earliest));
        if (!due) return exit_code::done;
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
