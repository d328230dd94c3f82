// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <string>

#include "src/ledger/ledger.hpp"
#include "tests/support/stage.hpp"

namespace ctrlpass::tests {

/// What befalls records, by the number of the append, from 1. Outlives the ledgers that it befalls.
struct LedgerFate {
    int appends = 0;
    std::map<int, Stage> deaths;
    std::map<int, int> refused;  ///< to an errno
    int full_from = 0;           ///< from this one on there is no room (ENOSPC); 0: there is
};

/// The real ledger on disk, with a fate.
class FragileLedger final : public Ledger {
  public:
    FragileLedger(LedgerDirectory real, std::string state, LedgerFate& fate)
        : real_(std::move(real)), state_(std::move(state)), fate_(fate) {}

    Result<> append(const std::string& profile, const Record& record) override;

  private:
    /// The disk got no further: half of the line, and zeros where only its length was known.
    void tear(const std::string& profile, const Record& record, bool zeros) const;

    LedgerDirectory real_;
    std::string state_;
    LedgerFate& fate_;
};

}  // namespace ctrlpass::tests
