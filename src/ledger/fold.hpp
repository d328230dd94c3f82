// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "src/ledger/record.hpp"

namespace ctrlpass {

/// The meaning of a ledger as its records come, one after the other.
class LedgerFold {
  public:
    explicit LedgerFold(std::string name) { meaning_.name = std::move(name); }
    void add(const Record& record);
    const RecordedProfile& meaning() const { return meaning_; }

  private:
    RecordedProfile meaning_;
    std::size_t known_definitions_ = 0;  ///< before the transaction
};

}  // namespace ctrlpass
