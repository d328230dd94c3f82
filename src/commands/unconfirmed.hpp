// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "src/commands/commands.hpp"
#include "src/commands/session.hpp"

namespace ctrlpass {

/// The profiles of a transaction that is neither committed nor put back.
std::vector<std::string> profiles_of(const std::string& transaction, const Recorded& recorded);

/// The transactions of those of these profiles that wait to be confirmed, or did, each once.
std::vector<std::string> transactions_of(const std::vector<std::string>& profiles,
                                         const Recorded& recorded);

/// Keeps what these profiles, all of one or more transactions, wait with.
Result<> keep(Session& session, const std::vector<std::string>& profiles);

/// A session as soon as nobody else has the lock of the tool, within --deadline; `locked` after it.
/// Recovers nothing.
Result<std::unique_ptr<Session>> open_in_time(const Options& options, Kernel& kernel);

/// What became of a transaction that was not confirmed.
struct Undone {
    Outcome outcome;
    bool was_over = false;  ///< somebody else kept it or put it back before
};

/// How long to wait for whoever holds the lock or a function.
enum class Patience { none, endless };

/// Puts the transaction back to what was before it, now. Waits for the lock of the tool, within
/// --deadline unless the patience is endless: then the journal is told once for whom it waits.
Result<Undone> undo_now(const Options& options, const std::string& transaction, Patience patience);

/// `rollback --unconfirmed`: does so when its time is over, unless it is kept or gone before.
Result<int> run_unconfirmed(const Options& options, const Console& console);

/// Counts down on the terminal and asks whether to keep what these transactions did. Without an
/// answer in time, on a signal or a "no" puts it back. The session that made them must be over.
Result<int> ask_to_keep(const Options& options, const std::vector<std::string>& transactions,
                        const Console& console);
/// Is there somebody to be asked?
bool can_ask(const Console& console);

}  // namespace ctrlpass
