// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/commands/writing.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>

#include "src/commands/after_exception.hpp"
#include "src/commands/caught_signals.hpp"
#include "src/commands/last_words.hpp"
#include "src/commands/outcome_text.hpp"
#include "src/commands/ssh_session.hpp"
#include "src/render/render_json.hpp"

namespace ctrlpass {

namespace {

/// The worst of 5, 1, 3, 0. A bad profile among all is a failure.
int worst(int a, int b) {
    if (b == exit_code::bad_input) b = exit_code::failed;
    constexpr std::array order{exit_code::done, exit_code::refused, exit_code::failed,
                               exit_code::stuck};
    const auto rank = [&](int code) { return std::ranges::find(order, code) - order.begin(); };
    return rank(a) < rank(b) ? b : a;
}

/// The profiles that were not confirmed in time.
std::string unconfirmed_in(const Recorded& recorded, const Moment& now) {
    std::string names;
    for (const auto& [name, ledger] : recorded)
        if (ledger.unfinished && ledger.unfinished->waits_until && !ledger.unfinished->waits(now))
            names += (names.empty() ? "" : ", ") + name;
    return names;
}

template <typename T>
void append(std::vector<T>& all, const std::vector<T>& more) {
    all.insert(all.end(), more.begin(), more.end());
}

void add(Outcome& all, const Outcome& one) {
    append(all.plan.profiles, one.plan.profiles);
    append(all.plan.changes, one.plan.changes);
    append(all.plan.findings, one.plan.findings);
    all.report.add(one.report);
}

/// The status tells the work: what cannot be told of it, for want of memory, changes nothing of it.
void tell(const Console& console, const std::string& command, const std::function<void()>& how) {
    try {
        how();
    } catch (...) {
        (void)console.fail(command, error_of_exception());
    }
}

/// What keeps one transaction from being run keeps no other.
Result<Outcome> run(const Transaction& transaction) {
    try {
        return transaction.run();
    } catch (...) {
        return std::unexpected(error_of_exception());
    }
}

/// Whose the lines below are.
std::string heading(const Outcome& outcome, Style style) {
    const std::string names = joined(outcome.plan.profiles);
    return names.empty() ? "" : style.paint(Ink::strong, names) + "\n";
}

}  // namespace

int Outcome::exit_code() const {
    if (refused) return exit_code::refused;
    if (!report.stuck.empty()) return exit_code::stuck;
    return report.failure ? exit_code::failed : exit_code::done;
}

Result<> require_root() {
    if (::geteuid() == 0) return {};
    return fail("cannot change this machine", "only root may",
                "Run it by sudo. Nothing was changed.", Trouble::denied);
}

Result<std::unique_ptr<Session>> open_session(const Options& options, Kernel& kernel,
                                              const Console& console) {
    TRY(require_root());
    Root root = TRY(Root::open("/"));
    auto session =
        TRY(Session::open(std::move(root), kernel, guests_within(options.deadline), options.state));
    session->set_ssh_connection(ssh_connection());
    const std::string unconfirmed = unconfirmed_in(session->recorded(), session->now());
    const auto recovered = TRY(recover_firmly(*session));
    if (!recovered) return session;
    if (!recovered->restored.empty() || recovered->stuck.empty())
        console.note((unconfirmed.empty() ? "an earlier ctrlpass was interrupted"
                                          : unconfirmed + " was not confirmed") +
                     ": that is put right first");
    for (const Stuck& stuck : recovered->stuck)
        console.note("profile " + stuck.profile + " stays unfinished: " + stuck.setting + ": " +
                     stuck.reason.substr(0, stuck.reason.find('\n')));
    return session;
}

int run_transactions(const std::vector<Transaction>& transactions, const Console& console,
                     const std::function<std::string(const Outcome&)>& closing,
                     const Report& earlier) {
    Outcome all;
    all.report.restored = earlier.restored;
    all.report.changed = earlier.changed;
    if (!console.json()) console.print(earlier_text(earlier, console.style()));
    int code = exit_code::done;
    // Also between two of them: an apply looks whether it may begin, a rollback goes on.
    const CaughtSignals caught;
    for (const Transaction& transaction : transactions) {
        const auto outcome = run(transaction);
        const int one = outcome ? outcome->exit_code() : exit_code_of(outcome.error());
        code = transaction.of_all ? worst(code, one) : one;
        last_words::set_code(code);
        tell(console, transaction.command, [&] {
            if (!outcome) console.say(outcome.error());
            if (!outcome && !all.report.failure) all.report.failure = outcome.error();
            if (!outcome) return;
            add(all, *outcome);
            if (!console.json())
                console.print((transactions.size() > 1 ? heading(*outcome, console.style()) : "") +
                              outcome_text(*outcome, closing(*outcome), console.style()));
        });
    }
    const std::string& command = transactions.front().command;
    if (console.json())
        tell(console, command, [&] { console.print(report_json(command, all.plan, all.report)); });
    return code;
}

}  // namespace ctrlpass
