// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/audit/audited_ledger.hpp"

namespace ctrlpass {

AuditedLedger::AuditedLedger(std::unique_ptr<Ledger> ledger, const Recorded& recorded,
                             std::string who, Clock clock, Tell tell)
    : ledger_(std::move(ledger)),
      who_(std::move(who)),
      clock_(std::move(clock)),
      tell_(std::move(tell)) {
    for (const auto& [profile, known] : recorded)
        if (known.unfinished) open_[profile] = known.unfinished->begin;
}

Result<> AuditedLedger::append(const std::string& profile, const Record& record) {
    Record signed_record = record;
    if (auto* const commit = std::get_if<CommitRecord>(&signed_record))
        commit->signature = {clock_(), who_};
    if (auto* const restored = std::get_if<RestoredRecord>(&signed_record))
        restored->signature = {clock_(), who_};
    TRY(ledger_->append(profile, signed_record));
    if (const auto* const begin = std::get_if<BeginRecord>(&record)) open_[profile] = *begin;
    return {};
}

void AuditedLedger::made(const MadeChange& change) {
    const BeginRecord& begin = open_[change.profile];
    const std::string back = begin.verb == Verb::rollback ? "rollback" : "undo";
    tell_({change, begin.transaction, who_, change.back ? back : "apply"});
}

}  // namespace ctrlpass
