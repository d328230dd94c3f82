// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "src/ledger/ledger.hpp"

namespace ctrlpass {

/// A change of the machine, for whoever keeps watch over it.
struct AuditedChange {
    MadeChange change;
    std::string transaction;
    std::string who;
    std::string verb;  ///< "apply", "rollback", "undo" (of an apply)
};

/// A ledger that tells of every change of the machine as soon as it is made and on record, and in
/// which whoever ends a transaction signs.
class AuditedLedger final : public Ledger {
  public:
    using Tell = std::function<void(const AuditedChange&)>;
    using Clock = std::function<std::string()>;
    /// `who` undoes what earlier commands, as `recorded`, left.
    AuditedLedger(std::unique_ptr<Ledger> ledger, const Recorded& recorded, std::string who,
                  Clock clock, Tell tell);
    Result<> append(const std::string& profile, const Record& record) override;
    void made(const MadeChange& change) override;

  private:
    std::unique_ptr<Ledger> ledger_;
    std::map<std::string, BeginRecord> open_;  ///< by profile
    std::string who_;
    Clock clock_;
    Tell tell_;
};

}  // namespace ctrlpass
