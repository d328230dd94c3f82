// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <functional>

#include "src/commands/session.hpp"

namespace ctrlpass {

/// The exception that is being handled, as an error: mostly that there is no memory. Call it in a
/// handler only.
Error error_of_exception();

/// Runs a transaction. An exception that leaves it is its failure: what it has begun is put back at
/// once, by the ledger. What cannot be put back is stuck, with the transaction's name. Where it was
/// committed before, it stands.
Result<Outcome> undone_if_it_throws(Session& session,
                                    const std::function<Result<Outcome>()>& transaction);

/// Undoes or finishes what an earlier run left. That goes on from wherever it was left: where it
/// throws, once more. Error: the second try throws as well (`unrecoverable`, with the names).
Result<std::optional<Report>> recover_firmly(Session& session);
/// The same of the unfinished applies of these profiles.
Result<Outcome> undo_firmly(Session& session, const std::vector<std::string>& profiles);

}  // namespace ctrlpass
