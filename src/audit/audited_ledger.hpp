// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "src/audit/history.hpp"

namespace ctrlpass {

/// A change of the machine, for whoever keeps watch over it.
struct AuditedChange {
    std::string profile;
    std::string transaction;
    std::string who;
    std::string verb;  ///< "apply", "rollback", "undo" (of an apply)
    PastChange change;
};

/// A ledger that tells of every change of the machine as soon as it is on record.
class AuditedLedger final : public Ledger {
  public:
    using Tell = std::function<void(const AuditedChange&)>;
    /// `who` undoes what earlier commands, as `recorded`, left.
    AuditedLedger(std::unique_ptr<Ledger> ledger, const Recorded& recorded, std::string who,
                  Tell tell);
    Result<> append(const std::string& profile, const Record& record) override;
    void made(const std::string& profile, const Setting& setting, const State& before,
              const State& after) override;

  private:
    void tell(const std::string& profile, const std::string& verb, PastChange change);
    void done(const std::string& profile, const Setting& setting);
    void restored(const std::string& profile);

    std::unique_ptr<Ledger> ledger_;
    std::map<std::string, PastTransaction> open_;  ///< by profile
    std::string who_;
    Tell tell_;
};

}  // namespace ctrlpass
