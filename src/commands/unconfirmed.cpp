// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/commands/unconfirmed.hpp"

#include <algorithm>
#include <thread>
#include <utility>

#include "src/audit/journal.hpp"
#include "src/commands/after_exception.hpp"
#include "src/commands/armed_way_back.hpp"
#include "src/commands/caught_signals.hpp"
#include "src/commands/follower.hpp"
#include "src/ledger/broken.hpp"
#include "src/render/render.hpp"

namespace ctrlpass {

namespace {

using namespace std::chrono_literals;

constexpr auto between_looks = 500ms;
constexpr auto between_tries = 3s;

using Names = std::vector<std::string>;

/// Those whose ledger cannot be read and has the transaction open, or had it when it was `seen`.
Names broken_with(const std::string& transaction, const Recorded& recorded, const Names& seen) {
    Names names;
    for (const auto& [name, ledger] : recorded) {
        if (!ledger.broken || ledger.broken->committed) continue;
        const bool had_it = std::ranges::find(seen, name) != seen.end();
        if (ledger.broken->transaction == transaction || (had_it && !ledger.broken->is_known))
            names.push_back(name);
    }
    return names;
}

/// When it is to be put back: never before `earliest`, and not before its own time is over.
std::int64_t due_at(const Recorded& recorded, const std::vector<std::string>& profiles,
                    std::int64_t earliest) {
    std::int64_t due = earliest;
    for (const std::string& profile : profiles)
        due = std::max(due, recorded.at(profile).unfinished->waits_until.value_or(0));
    return due;
}

/// Its ledger is not there any more, or it is ended too early: nothing puts that back now.
std::unexpected<Error> not_put_back(const Names& profiles, std::string where) {
    return fail("cannot put back what was not confirmed of profile " + joined(profiles),
                std::move(where), "Bring it by hand to what you want:\n    ctrlpass status");
}

/// Waits without the lock until the transaction is due; false when it was kept or put back. `seen`:
/// the profiles in whose ledgers it was found. Errors: its ledger is gone, a signal ends this too
/// early.
Result<bool> wait_until_due(const Options& options, std::int64_t earliest, Names& seen) {
    for (;; std::this_thread::sleep_for(between_looks)) {
        const auto recorded = read_ledgers(options.state);
        Names profiles;
        if (recorded) profiles = profiles_of(options.unconfirmed, *recorded);
        if (recorded && profiles.empty() && !seen.empty() &&
            broken_with(options.unconfirmed, *recorded, seen).empty()) {
            Names gone = seen;
            std::erase_if(gone, [&](const auto& name) { return recorded->contains(name); });
            if (gone.empty()) return false;
            return not_put_back(gone, "its ledger is gone");
        }
        if (!profiles.empty()) seen = profiles;
        if (const auto signal = CaughtSignals::interruption())
            return not_put_back(seen, "ended by " + signal->where.substr(3) + " before its time");
        const auto due = profiles.empty() ? earliest : due_at(*recorded, profiles, earliest);
        if (seconds_since_boot() >= due) return true;
    }
}

/// Says in the journal for whom the way back waits: once, and not for a moment.
class WaitingRemark {
  public:
    explicit WaitingRemark(std::string transaction) : transaction_(std::move(transaction)) {}

    void say(const std::string& for_whom) {
        if (std::exchange(looked_, true) && !std::exchange(said_, true))
            note_in_journal("what was not confirmed (transaction " + transaction_ +
                            ") is put back later: " + for_whom);
    }

  private:
    std::string transaction_;
    bool looked_ = false;
    bool said_ = false;
};

/// Who holds what cannot be put back yet.
std::string reason_to_wait(const Report& report) {
    for (const Stuck& stuck : report.stuck)
        return stuck.setting + ": " + stuck.reason.substr(0, stuck.reason.find('\n'));
    return "";
}

/// Until `go_on` has enough of the error of whoever has the lock.
template <typename GoOn>
Result<std::unique_ptr<Session>> open_when_free(const Options& options, Kernel& kernel,
                                                const GoOn& go_on) {
    for (;; std::this_thread::sleep_for(between_looks)) {
        Root root = TRY(Root::open("/"));
        auto session =
            Session::open(std::move(root), kernel, guests_within(options.deadline), options.state);
        const bool locked = !session && session.error().trouble == Trouble::locked;
        if (!locked || !go_on(session.error())) return session;
    }
}

Result<std::unique_ptr<Session>> open_patiently(const Options& options, Kernel& kernel,
                                                WaitingRemark& remark) {
    // Whoever ends it must not have to kill it: it may be waiting for ever.
    return open_when_free(options, kernel, [&](const Error& error) {
        remark.say(error.where);
        return !CaughtSignals::interruption();
    });
}

}  // namespace

Result<std::unique_ptr<Session>> open_in_time(const Options& options, Kernel& kernel) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(options.deadline);
    auto session = open_when_free(
        options, kernel, [&](const Error&) { return std::chrono::steady_clock::now() < end; });
    if (!session && session.error().trouble == Trouble::locked)
        session.error().where +=
            ", and has not let go of it within " + std::to_string(options.deadline) + " s";
    return session;
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
    const bool endless = patience == Patience::endless;
    WaitingRemark remark(transaction);
    for (;; std::this_thread::sleep_for(between_tries)) {
        const auto session =
            TRY(endless ? open_patiently(options, kernel, remark) : open_in_time(options, kernel));
        const auto profiles = profiles_of(transaction, session->recorded());
        const Names broken = broken_with(transaction, session->recorded(), {});
        if (profiles.empty()) TRY(check_readable(broken, session->recorded()));
        if (profiles.empty()) return Undone{{}, true};
        Outcome outcome = TRY(undo_firmly(*session, profiles));
        if (outcome.report.held && endless && !CaughtSignals::interruption()) {
            remark.say(reason_to_wait(outcome.report));
            continue;
        }
        std::ranges::move(left_for_broken_ledgers(broken, session->recorded()),
                          std::back_inserter(outcome.report.stuck));
        // Whoever holds it: the armed way back waits for that. (It does not stop itself.)
        if (!outcome.report.held && !endless) disarm_way_back(transaction);
        return Undone{std::move(outcome), false};
    }
}

Result<int> run_unconfirmed(const Options& options, const Console& console) {
    LiveKernel kernel{std::chrono::seconds(options.deadline)};
    WaitingRemark remark(options.unconfirmed);
    const std::int64_t earliest = seconds_since_boot() + options.after;
    const CaughtSignals caught;
    Names seen;
    for (;;) {
        const bool due = TRY(wait_until_due(options, earliest, seen));
        if (!due) return exit_code::done;
        const auto session = TRY(open_patiently(options, kernel, remark));
        const auto profiles = profiles_of(options.unconfirmed, session->recorded());
        const Names broken = broken_with(options.unconfirmed, session->recorded(), seen);
        if (profiles.empty()) TRY(check_readable(broken, session->recorded()));
        if (profiles.empty()) return exit_code::done;
        // It was still at work, and has its full time from now.
        if (due_at(session->recorded(), profiles, earliest) <= seconds_since_boot()) break;
    }
    const Undone undone = TRY(undo_now(options, options.unconfirmed, Patience::endless));
    console.print(report_text(undone.outcome.report, console.style()));
    return undone.outcome.exit_code();
}

}  // namespace ctrlpass
