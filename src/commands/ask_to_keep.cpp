// SPDX-License-Identifier: GPL-2.0-or-later
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "src/commands/caught_signals.hpp"
#include "src/commands/unconfirmed.hpp"
#include "src/render/render.hpp"

namespace ctrlpass {

namespace {

enum class Reply { yes, no, none, over };

/// A line that was typed, when one comes within a second. The end of the input is no reply: the
/// time runs on.
std::string typed() {
    struct pollfd input {
        STDIN_FILENO, POLLIN, 0
    };
    if (::poll(&input, 1, 1000) <= 0) return "";
    std::array<char, 256> line{};
    const ssize_t count = ::read(STDIN_FILENO, line.data(), line.size());
    if (count > 0) return {line.data(), static_cast<std::size_t>(count)};
    ::poll(nullptr, 0, 1000);
    return "";
}

/// Which of the transactions still wait.
std::vector<std::string> still_waiting(const Options& options,
                                       const std::vector<std::string>& transactions,
                                       std::int64_t& until) {
    std::vector<std::string> waiting;
    const auto recorded = read_ledgers(options.state);
    if (!recorded) return transactions;
    for (const std::string& transaction : transactions)
        for (const std::string& profile : profiles_of(transaction, *recorded)) {
            until = recorded->at(profile).unfinished->waits_until.value_or(0);
            if (std::ranges::find(waiting, transaction) == waiting.end())
                waiting.push_back(transaction);
        }
    return waiting;
}

Reply ask(const Options& options, const std::vector<std::string>& transactions,
          const Console& console) {
    std::int64_t until = seconds_since_boot() + options.confirm_within;
    for (;;) {
        if (still_waiting(options, transactions, until).empty()) return Reply::over;
        const std::int64_t left = until - seconds_since_boot();
        if (left <= 0) return Reply::none;
        console.print("\rKeep these changes? [y/N] " + std::to_string(left) + " s  ");
        const std::string line = typed();
        if (CaughtSignals::interruption()) return Reply::no;
        if (line.starts_with('y') || line.starts_with('Y')) return Reply::yes;
        if (!line.empty()) return Reply::no;
    }
}

Result<std::vector<std::string>> keep_all(const Options& options,
                                          const std::vector<std::string>& transactions) {
    LiveKernel kernel{std::chrono::seconds(options.deadline)};
    const auto session = TRY(open_in_time(options, kernel));
    std::vector<std::string> profiles;
    // What was begun to be put back meanwhile is not kept any more.
    const auto waits = [&](const std::string& profile) {
        return is_waiting(profile, session->recorded(), session->now());
    };
    for (const std::string& transaction : transactions)
        std::ranges::copy_if(profiles_of(transaction, session->recorded()),
                             std::back_inserter(profiles), waits);
    TRY(keep(*session, profiles));
    return profiles;
}

/// What became of it in other hands: kept, or put back.
int told_by_ledger(const Options& options, const std::vector<std::string>& transactions,
                   const Console& console) {
    const auto recorded = read_ledgers(options.state);
    const bool kept =
        recorded && std::ranges::all_of(transactions, [&](const auto& transaction) {
            return std::ranges::any_of(*recorded, [&](const auto& one) {
                return one.second.committed && one.second.committed->transaction == transaction;
            });
        });
    console.print(kept ? "\nKept.\n" : "\nNot confirmed: everything is as it was.\n");
    return kept ? exit_code::done : exit_code::failed;
}

Result<int> put_back(const Options& options, const std::vector<std::string>& transactions,
                     const Console& console) {
    console.print("\n");
    int code = exit_code::failed;
    bool held = false;
    for (const std::string& transaction : transactions) {
        const Undone undone = TRY(undo_now(options, transaction, Patience::none));
        if (undone.was_over) continue;
        console.print(report_text(undone.outcome.report, console.style()));
        held = held || undone.outcome.report.held;
        if (undone.outcome.exit_code() == exit_code::stuck) code = exit_code::stuck;
    }
    if (held)
        console.print("Not confirmed: what is listed as stuck goes back when nobody holds it.\n");
    else
        console.print(code == exit_code::stuck ? "What is listed as stuck could not be put back.\n"
                                               : "Not confirmed: everything is as it was.\n");
    return code;
}

}  // namespace

bool can_ask(const Console& console) {
    return !console.json() && ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1;
}

Result<int> ask_to_keep(const Options& options, const std::vector<std::string>& transactions,
                        const Console& console) {
    const CaughtSignals caught;
    const Reply reply = ask(options, transactions, console);
    if (reply == Reply::over) return told_by_ledger(options, transactions, console);
    if (reply != Reply::yes) return put_back(options, transactions, console);
    const auto kept = TRY(keep_all(options, transactions));
    if (kept.empty()) return told_by_ledger(options, transactions, console);
    console.print("Kept.\n");
    return exit_code::done;
}

}  // namespace ctrlpass
