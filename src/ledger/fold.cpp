// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/ledger/fold.hpp"

#include <algorithm>

namespace ctrlpass {

namespace {

/// The state of the fold, moved on by each record.
class Folding {
  public:
    Folding(RecordedProfile& profile, std::size_t& known_definitions)
        : profile_(profile), known_definitions_(known_definitions) {}

    void operator()(const BeginRecord& begin) {
        profile_.unfinished = Unfinished{begin, {}, {}, {}};
        known_definitions_ = profile_.definitions.size();
        if (begin.at_boot) profile_.on_trial = begin.boot;
        if (begin.verb == Verb::apply) profile_.last_apply = {begin.time, true, false};
    }

    void operator()(const DefinitionRecord& definition) {
        const auto known =
            std::ranges::find(profile_.definitions, definition.domain, &DefinitionRecord::domain);
        if (known == profile_.definitions.end()) profile_.definitions.push_back(definition);
    }

    void operator()(const HoldRecord& hold) {
        if (profile_.unfinished) profile_.unfinished->holds.push_back(hold);
    }

    void operator()(const IntentRecord& intent) {
        if (profile_.unfinished) profile_.unfinished->intents.push_back(intent);
    }

    /// What a rollback has put back is no longer the profile's, whatever becomes of the rest.
    void operator()(const DoneRecord& done) {
        if (profile_.unfinished && profile_.unfinished->begin.verb == Verb::rollback)
            std::erase_if(profile_.entries,
                          [&](const Entry& entry) { return entry.setting == done.setting; });
    }

    void operator()(const WaitRecord& wait) {
        if (profile_.unfinished) profile_.unfinished->waits_until = wait.until;
    }

    void operator()(const BootCompleteRecord&) { profile_.on_trial.reset(); }

    /// The transaction names all that the profile still wants: what it does not name is over.
    void operator()(const CommitRecord&) {
        if (!profile_.unfinished) return;
        const Unfinished& done = *profile_.unfinished;
        profile_.entries.clear();
        for (const HoldRecord& hold : done.holds)
            profile_.entries.push_back({hold.setting, hold.origin, hold.state, done.begin.boot});
        for (const IntentRecord& intent : done.intents)
            if (intent.wanted)
                profile_.entries.push_back(
                    {intent.setting, intent.origin, intent.after, done.begin.boot});
        std::ranges::stable_sort(profile_.entries, {}, &Entry::setting);
        profile_.committed = done.begin;
        if (!done.begin.at_boot) profile_.on_trial.reset();
        profile_.last_apply = {done.begin.time, false, true};
        profile_.unfinished.reset();
        std::erase_if(profile_.definitions, [&](const DefinitionRecord& definition) {
            return !has_setting_of(definition.domain);
        });
    }

    /// An apply was undone: what was committed before stands. A rollback is through: settings that
    /// others claim are given up.
    void operator()(const RestoredRecord&) {
        if (!profile_.unfinished) return;
        const bool undone = profile_.unfinished->begin.verb == Verb::apply;
        profile_.unfinished.reset();
        if (undone) profile_.last_apply.open = false;
        if (undone) return profile_.definitions.resize(known_definitions_);
        profile_.entries.clear();
        profile_.definitions.clear();
        profile_.committed.reset();
        profile_.on_trial.reset();
    }

  private:
    bool has_setting_of(const DomainRef& domain) const {
        return std::ranges::any_of(profile_.entries, [&](const Entry& entry) {
            const DomainRef* const other = domain_of(entry.setting);
            return other != nullptr && *other == domain;
        });
    }

    RecordedProfile& profile_;
    std::size_t& known_definitions_;
};

}  // namespace

void LedgerFold::add(const Record& record) {
    std::visit(Folding(meaning_, known_definitions_), record);
}

RecordedProfile fold(const std::string& name, const std::vector<Record>& records) {
    LedgerFold folding(name);
    for (const Record& record : records) folding.add(record);
    return folding.meaning();
}

}  // namespace ctrlpass
