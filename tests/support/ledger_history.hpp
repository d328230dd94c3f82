// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

#include "src/ledger/record.hpp"

namespace ctrlpass::tests {

/// Transactions as one profile after the other writes them, each with an id of its own.
class LedgerHistory {
  public:
    explicit LedgerHistory(std::string padding = "") : padding_(std::move(padding)) {}

    /// What one transaction comes to.
    enum class End { kept, put_back };

    /// An apply that binds a controller and puts it into a definition.
    std::vector<Record> apply(End end = End::kept, bool at_boot = false);
    /// The same when it is so already.
    std::vector<Record> hold(bool at_boot = false);
    std::vector<Record> rollback();
    /// Ten lines, as each boot writes them.
    std::vector<Record> boot();

    /// The ids that were given out, in their order.
    const std::vector<std::string>& ids() const { return ids_; }

  private:
    BeginRecord begin(Verb verb, bool at_boot);

    std::string padding_;
    std::vector<std::string> ids_;
};

std::string text_of(const std::vector<Record>& records);

}  // namespace ctrlpass::tests
