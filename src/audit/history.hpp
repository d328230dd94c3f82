// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

#include "src/ledger/ledger.hpp"

namespace ctrlpass {

/// A change that a transaction announced.
struct PastChange {
    Setting setting;
    State before;
    State after;
    bool done = false;  ///< written and verified
    bool operator==(const PastChange&) const = default;
};

/// What became of a transaction.
enum class Ending {
    kept,         ///< an apply, confirmed where it had to be
    put_back,     ///< an apply that failed, was interrupted or not confirmed
    rolled_back,  ///< a rollback that is through
    waits,        ///< to be confirmed
    unfinished,   ///< the next command puts it right
};
std::string_view to_string(Ending ending);

/// One transaction of one profile: who did what when.
struct PastTransaction {
    std::string profile;
    BeginRecord begin;
    std::vector<PastChange> changes;
    Ending ending = Ending::unfinished;
    Signature ended;  ///< by whom: somebody else, where it was interrupted or had to be confirmed
    bool operator==(const PastTransaction&) const = default;
};

/// All of these profiles' ledgers, the oldest first.
std::vector<PastTransaction> history_of(const std::vector<std::string>& profiles,
                                        const Records& records);

}  // namespace ctrlpass
