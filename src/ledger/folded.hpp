// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ctrlpass {

/// A ledger in two: each of its transactions is in one of them, as it stands.
struct FoldedLedger {
    std::string kept;  ///< a ledger of the same meaning
    std::string past;  ///< the rest, without the definitions of domains
};

/// Takes out of the whole lines of a ledger what its meaning does not need. Nothing where that
/// would not halve it, where a transaction is open, and where it cannot be read.
std::optional<FoldedLedger> fold_text(const std::string& profile, std::string_view lines);

}  // namespace ctrlpass
