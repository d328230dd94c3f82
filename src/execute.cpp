// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/execute.hpp"

#include <algorithm>
#include <ranges>
#include <set>

#include "src/claims.hpp"
#include "src/way_back.hpp"

namespace ctrlpass {

namespace {

bool is_remembered(const Setting& setting) { return memory_of(setting) != Memory::none; }

/// One apply: forward through the changes, and backward at the first failure.
class Apply {
  public:
    Apply(const Plan& plan, const std::map<std::string, BeginRecord>& begin,
          const Recorded& recorded, Machine& machine, Ledger& ledger)
        : plan_(plan), begin_(begin), recorded_(recorded), machine_(machine), ledger_(ledger) {}

    Report run() {
        auto done = forward();
        if (!done) {
            report_.failure = done.error();
            backward();
        }
        report_.changed = !report_.done.empty() || !report_.stuck.empty();
        return std::move(report_);
    }

  private:
    Result<> forward() {
        TRY(announce());
        for (const Change& change : plan_.changes) TRY(make(change));
        TRY(tidy());
        for (const std::string& profile : plan_.profiles)
            TRY(ledger_.append(profile, CommitRecord{}));
        return {};
    }

    /// What is on disk before anything is changed.
    Result<> announce() {
        for (const std::string& profile : plan_.profiles) {
            TRY(ledger_.append(profile, begin_.at(profile)));
            begun_.push_back(profile);
        }
        for (const Change& change : plan_.changes) TRY(keep_definition(change));
        for (const Hold& hold : plan_.holds)
            if (is_remembered(hold.setting))
                TRY(ledger_.append(hold.profile,
                                   HoldRecord{hold.setting, hold.state, hold.origin}));
        return {};
    }

    /// The domain's definition as it was before the profile first touched it.
    Result<> keep_definition(const Change& change) {
        const auto* const setting = std::get_if<HostdevSetting>(&change.setting);
        if (setting == nullptr) return {};
        if (definition_of(change.profile, setting->domain) != nullptr) return {};
        DefinitionRecord record{setting->domain, {}};
        record.xml = TRY(machine_.definition(setting->domain));
        TRY(ledger_.append(change.profile, record));
        definitions_[change.profile].push_back(std::move(record));
        return {};
    }

    const DefinitionRecord* definition_of(const std::string& profile, const DomainRef& domain) {
        const auto find = [&](const std::vector<DefinitionRecord>& all) {
            const auto found = std::ranges::find(all, domain, &DefinitionRecord::domain);
            return found == all.end() ? nullptr : &*found;
        };
        const auto ledger = recorded_.find(profile);
        const auto* const old = ledger == recorded_.end() ? nullptr
                                                          : find(ledger->second.definitions);
        return old != nullptr ? old : find(definitions_[profile]);
    }

    Result<> make(const Change& change) {
        const std::string name = name_of(change.setting);
        const State now = TRY(machine_.read(change.setting));
        if (now != change.before) return fail("cannot go on: " + name + " has changed meanwhile");
        if (is_remembered(change.setting))
            TRY(ledger_.append(change.profile, IntentRecord{change.setting, change.before,
                                                            change.origin, change.after,
                                                            change.wanted}));
        announced_.push_back(&change);
        TRY(machine_.write(change.setting, change.after));
        const State then = TRY(machine_.read(change.setting));
        if (then != change.after) return fail("cannot change " + name + ": it did not take");
        if (is_remembered(change.setting))
            TRY(ledger_.append(change.profile, DoneRecord{change.setting}));
        report_.done.push_back(name);
        return {};
    }

    /// Hostdevs that were let go may leave empty root ports.
    Result<> tidy() {
        for (const Change& change : plan_.changes) {
            const auto* const setting = std::get_if<HostdevSetting>(&change.setting);
            if (setting == nullptr || change.wanted) continue;
            if (const auto* const old = definition_of(change.profile, setting->domain))
                TRY(machine_.tidy(setting->domain, old->xml));
        }
        return {};
    }

    void backward() {
        WayBack way_back(machine_, report_);
        for (const Change* const change : announced_ | std::views::reverse) {
            const bool hangs = change == announced_.back() &&
                               report_.failure->trouble == Trouble::stuck;
            if (hangs)
                way_back.leave(change->profile, change->setting, report_.failure->what);
            else if (is_remembered(change->setting))
                way_back.go(change->profile, change->setting, change->before, change->after);
            untidy(*change, way_back);
        }
        std::erase_if(report_.done, [](const std::string& name) {
            return !name.starts_with("module ");
        });
        if (!report_.stuck.empty()) return;
        for (const std::string& profile : begun_) {
            // Should this fail as well, the next command finds nothing left to undo.
            (void)ledger_.append(profile, RestoredRecord{});
        }
    }

    void untidy(const Change& change, WayBack& way_back) {
        const auto* const setting = std::get_if<HostdevSetting>(&change.setting);
        if (setting == nullptr) return;
        if (const auto* const old = definition_of(change.profile, setting->domain))
            way_back.tidy(change.profile, setting->domain, old->xml);
    }

    const Plan& plan_;
    const std::map<std::string, BeginRecord>& begin_;
    const Recorded& recorded_;
    Machine& machine_;
    Ledger& ledger_;
    std::vector<std::string> begun_;
    std::vector<const Change*> announced_;
    std::map<std::string, std::vector<DefinitionRecord>> definitions_;
    Report report_;
};

}  // namespace

void Report::add(const Report& other) {
    done.insert(done.end(), other.done.begin(), other.done.end());
    restored.insert(restored.end(), other.restored.begin(), other.restored.end());
    stuck.insert(stuck.end(), other.stuck.begin(), other.stuck.end());
    changed = changed || other.changed;
}

Report execute_apply(const Plan& plan, const std::map<std::string, BeginRecord>& begin,
                     const Recorded& recorded, Machine& machine, Ledger& ledger) {
    return Apply(plan, begin, recorded, machine, ledger).run();
}

}  // namespace ctrlpass
