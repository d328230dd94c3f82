// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/audit/audited_ledger.hpp"

#include <algorithm>
#include <ranges>

namespace ctrlpass {

AuditedLedger::AuditedLedger(std::unique_ptr<Ledger> ledger, const Recorded& recorded,
                             std::string who, Tell tell)
    : ledger_(std::move(ledger)), who_(std::move(who)), tell_(std::move(tell)) {
    for (const auto& [profile, known] : recorded) {
        if (!known.unfinished) continue;
        PastTransaction& open = open_[profile];
        open.begin = known.unfinished->begin;
        for (const IntentRecord& intent : known.unfinished->intents)
            open.changes.push_back({intent.setting, intent.before, intent.after, true});
    }
}

Result<> AuditedLedger::append(const std::string& profile, const Record& record) {
    TRY(ledger_->append(profile, record));
    if (const auto* const begin = std::get_if<BeginRecord>(&record)) {
        open_[profile] = {profile, *begin, {}, Ending::unfinished};
    } else if (const auto* const intent = std::get_if<IntentRecord>(&record)) {
        open_[profile].changes.push_back({intent->setting, intent->before, intent->after, false});
    } else if (const auto* const made = std::get_if<DoneRecord>(&record)) {
        done(profile, made->setting);
    } else if (std::holds_alternative<RestoredRecord>(record)) {
        restored(profile);
    } else if (std::holds_alternative<CommitRecord>(record)) {
        open_.erase(profile);
    }
    return {};
}

void AuditedLedger::made(const std::string& profile, const Setting& setting, const State& before,
                         const State& after) {
    tell(profile, "apply", {setting, before, after, true});
}

void AuditedLedger::tell(const std::string& profile, const std::string& verb, PastChange change) {
    tell_({profile, open_[profile].begin.transaction, who_, verb, std::move(change)});
}

/// Of a rollback also what had been back already: that is no change.
void AuditedLedger::done(const std::string& profile, const Setting& setting) {
    auto& changes = open_[profile].changes;
    const auto change = std::ranges::find(changes, setting, &PastChange::setting);
    if (change == changes.end()) return;
    change->done = true;
    tell(profile, open_[profile].begin.verb == Verb::apply ? "apply" : "rollback", *change);
}

/// What an apply had done is back as it was; the last of it may not have been done at all.
void AuditedLedger::restored(const std::string& profile) {
    if (open_[profile].begin.verb == Verb::apply)
        for (const PastChange& change : open_[profile].changes | std::views::reverse)
            if (change.done)
                tell(profile, "undo", {change.setting, change.after, change.before, true});
    open_.erase(profile);
}

}  // namespace ctrlpass
