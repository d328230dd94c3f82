// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/audit/history.hpp"

#include <algorithm>

namespace ctrlpass {

namespace {

/// Moved on by each record of one ledger.
class Reading {
  public:
    Reading(std::string profile, std::vector<PastTransaction>& all)
        : profile_(std::move(profile)), all_(all) {}

    void operator()(const BeginRecord& begin) {
        all_.push_back({profile_, begin, {}, Ending::unfinished, {}});
        open_ = all_.size();
    }
    void operator()(const IntentRecord& intent) {
        if (auto* const now = current())
            now->changes.push_back({intent.setting, intent.before, intent.after, false});
    }
    void operator()(const DoneRecord& done) {
        if (auto* const now = current())
            for (PastChange& change : now->changes)
                if (change.setting == done.setting) change.done = true;
    }
    void operator()(const CommitRecord& commit) { end(Ending::kept, commit.signature); }
    void operator()(const RestoredRecord& restored) {
        const auto* const now = current();
        if (now != nullptr)
            end(now->begin.verb == Verb::apply ? Ending::put_back : Ending::rolled_back,
                restored.signature);
    }
    void operator()(const WaitRecord& wait) {
        if (auto* const now = current())
            now->ending = wait.until > 0 ? Ending::waits : Ending::unfinished;
    }
    void operator()(const HoldRecord&) {}
    void operator()(const DefinitionRecord&) {}
    void operator()(const BootCompleteRecord&) {}

  private:
    PastTransaction* current() { return open_ == 0 ? nullptr : &all_[open_ - 1]; }
    void end(Ending ending, const Signature& signature) {
        if (auto* const now = current()) {
            now->ending = ending;
            now->ended = signature;
        }
        open_ = 0;
    }

    std::string profile_;
    std::vector<PastTransaction>& all_;
    std::size_t open_ = 0;  ///< 1 + its index; 0: none
};

}  // namespace

std::string_view to_string(Ending ending) {
    switch (ending) {
        case Ending::kept:
            return "kept";
        case Ending::put_back:
            return "put back";
        case Ending::rolled_back:
            return "rolled back";
        case Ending::waits:
            return "waits to be confirmed";
        case Ending::unfinished:
            return "unfinished";
    }
    return "";
}

std::vector<PastTransaction> history_of(const std::vector<std::string>& profiles,
                                        const Records& records) {
    std::vector<PastTransaction> all;
    for (const std::string& profile : profiles) {
        const auto ledger = records.find(profile);
        if (ledger == records.end()) continue;
        Reading reading(profile, all);
        for (const Record& record : ledger->second) std::visit(reading, record);
    }
    // RFC 3339 in UTC sorts as text.
    std::ranges::stable_sort(all, {}, [](const PastTransaction& one) { return one.begin.time; });
    return all;
}

}  // namespace ctrlpass
