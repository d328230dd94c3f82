// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/execute/execute.hpp"

#include <algorithm>
#include <ranges>
#include <set>

#include "src/execute/way_back.hpp"
#include "src/ledger/broken.hpp"
#include "src/plan/claims.hpp"
#include "src/plan/show_state.hpp"

namespace ctrlpass {

namespace {

bool is_remembered(const Setting& setting) { return memory_of(setting) != Memory::none; }

/// The definitions of the domains as they were before ctrlpass first touched them, in whichever
/// ledger that is.
class Definitions {
  public:
    explicit Definitions(const Recorded& recorded) : recorded_(recorded) {}

    const DefinitionRecord* of(const std::string& profile, const DomainRef& domain) const {
        const auto added = added_.find(profile);
        const auto* const found = added == added_.end() ? nullptr : find(added->second, domain);
        const auto ledger = recorded_.find(profile);
        if (found != nullptr || ledger == recorded_.end()) return found;
        return find(ledger->second.definitions, domain);
    }

    const DefinitionRecord* of(const DomainRef& domain) const {
        for (const auto& [profile, ledger] : recorded_)
            if (const auto* const found = of(profile, domain)) return found;
        for (const auto& [profile, all] : added_)
            if (const auto* const found = find(all, domain)) return found;
        return nullptr;
    }

    void add(const std::string& profile, DefinitionRecord record) {
        added_[profile].push_back(std::move(record));
    }

  private:
    static const DefinitionRecord* find(const std::vector<DefinitionRecord>& all,
                                        const DomainRef& domain) {
        const auto found = std::ranges::find(all, domain, &DefinitionRecord::domain);
        return found == all.end() ? nullptr : &*found;
    }

    const Recorded& recorded_;
    std::map<std::string, std::vector<DefinitionRecord>> added_;
};

/// One apply: forward through the changes, and backward at the first failure.
class Apply {
  public:
    Apply(const Plan& plan, const std::map<std::string, BeginRecord>& begin,
          const Recorded& recorded, Machine& machine, Ledger& ledger, const Conduct& conduct)
        : plan_(plan),
          begin_(begin),
          recorded_(recorded),
          machine_(machine),
          ledger_(ledger),
          conduct_(conduct),
          definitions_(recorded) {}

    Report run() {
        auto done = check_finished(plan_.profiles, recorded_);
        if (done)
            done = check_apart(settings(), plan_.profiles, recorded_,
                               begin_.at(plan_.profiles.front()).boot);
        if (done) done = forward();
        if (done) {
            if (!report_.waits) commit();
        } else {
            report_.failure = done.error();
            backward();
        }
        report_.changed = !report_.done.empty() || !report_.stuck.empty();
        return std::move(report_);
    }

  private:
    Result<> forward() {
        TRY(announce());
        for (const Change& change : plan_.changes) {
            TRY(go_on());
            TRY(make(change));
        }
        TRY(tidy());
        TRY(go_on());
        if (!begin_.at(plan_.profiles.front()).pending)
            return ledger_.append(plan_.profiles.front(), CommitRecord{});
        const WaitRecord wait{conduct_.wait_until()};
        for (const std::string& profile : plan_.profiles) TRY(ledger_.append(profile, wait));
        report_.waits = true;
        return {};
    }

    Result<> go_on() const {
        if (const auto reason = conduct_.interrupted()) return std::unexpected(*reason);
        return {};
    }

    std::vector<Setting> settings() const {
        std::vector<Setting> all;
        for (const Change& change : plan_.changes) all.push_back(change.setting);
        for (const Hold& hold : plan_.holds) all.push_back(hold.setting);
        return all;
    }

    /// The first commit was the point of no return: where another cannot be written, the next
    /// command writes it.
    void commit() {
        for (const std::string& profile : plan_.profiles | std::views::drop(1)) {
            const auto written = ledger_.append(profile, CommitRecord{});
            if (written) continue;
            report_.failure = written.error();
            report_.stuck.push_back({profile, "ledger of " + profile,
                                     "all changes are made; the next ctrlpass records that"});
        }
    }

    /// What is on disk before anything is changed.
    Result<> announce() {
        for (const std::string& profile : plan_.profiles) {
            TRY(ledger_.append(profile, begin_.at(profile)));
            // Not before: a ledger must not begin with the end of a transaction.
            begun_.push_back(profile);
        }
        for (const Change& change : plan_.changes)
            TRY(keep_definition(change.profile, change.setting));
        for (const Hold& hold : plan_.holds) {
            if (hold.origin != hold.state) TRY(keep_definition(hold.profile, hold.setting));
            TRY(announce(hold));
        }
        for (const std::string& profile : plan_.profiles) TRY(keep_unnamed(profile));
        return {};
    }

    Result<> announce(const Hold& hold) {
        if (!is_remembered(hold.setting)) return {};
        return ledger_.append(hold.profile, HoldRecord{hold.setting, hold.state, hold.origin});
    }

    /// What the profile held, what the plan does not name and what is nevertheless not back stays
    /// the profile's: the way back must not be forgotten.
    Result<> keep_unnamed(const std::string& profile) {
        const auto ledger = recorded_.find(profile);
        if (ledger == recorded_.end()) return {};
        for (const Entry& entry : ledger->second.entries) {
            const bool over = entry.origin == entry.after || is_named(entry.setting) ||
                              !is_valid(entry, begin_.at(profile).boot) ||
                              is_claimed_by_others(entry.setting);
            if (over) continue;
            const auto now = machine_.read(entry.setting);
            const bool back = now ? *now == entry.origin : now.error().trouble == Trouble::missing;
            if (!back) TRY(announce({profile, entry.setting, entry.after, entry.origin}));
        }
        return {};
    }

    bool is_named(const Setting& setting) const {
        return std::ranges::find(plan_.changes, setting, &Change::setting) != plan_.changes.end() ||
               std::ranges::find(plan_.holds, setting, &Hold::setting) != plan_.holds.end();
    }

    bool is_claimed_by_others(const Setting& setting) const {
        return is_claimed(setting, leaving_with(plan_.profiles, recorded_), recorded_,
                          begin_.at(plan_.profiles.front()).boot);
    }

    /// The domain's definition as it was before ctrlpass first touched it: of profiles that share
    /// a domain the last to leave needs it.
    Result<> keep_definition(const std::string& profile, const Setting& of_domain) {
        const DomainRef* const domain = domain_of(of_domain);
        if (domain == nullptr || definitions_.of(profile, *domain) != nullptr) return {};
        DefinitionRecord record{*domain, {}};
        if (const auto* const known = definitions_.of(*domain))
            record.xml = known->xml;
        else
            record.xml = TRY(machine_.definition(*domain));
        TRY(ledger_.append(profile, record));
        definitions_.add(profile, std::move(record));
        return {};
    }

    Result<> make(const Change& change) {
        const std::string name = name_of(change.setting);
        const State now = TRY(machine_.read(change.setting));
        if (now != change.before)
            return fail("cannot go on: " + name + " has changed meanwhile", {}, {},
                        Trouble::outdated);
        if (is_remembered(change.setting))
            TRY(ledger_.append(change.profile,
                               IntentRecord{change.setting, change.before, change.origin,
                                            change.after, change.wanted}));
        announced_.push_back(&change);
        if (const auto written = write(change); !written) {
            hangs_ = written.error().trouble == Trouble::stuck;
            return written;
        }
        if (is_remembered(change.setting))
            TRY(ledger_.append(change.profile, DoneRecord{change.setting}));
        ledger_.made({change.profile, change.setting, change.before, change.after});
        report_.done.push_back(name);
        return {};
    }

    Result<> write(const Change& change) {
        TRY(machine_.write(change.setting, change.after));
        const State then = TRY(machine_.read(change.setting));
        if (then != change.after)
            return fail("cannot change " + name_of(change.setting) + ": it did not take",
                        "it is " + shown(then));
        return {};
    }

    /// Hostdevs that were let go may leave empty root ports, pins the ids of I/O threads.
    Result<> tidy() {
        std::set<DomainRef> tidied;
        for (const Change& change : plan_.changes) {
            const DomainRef* const domain = domain_of(change.setting);
            if (domain == nullptr || change.wanted || !tidied.insert(*domain).second) continue;
            if (const auto* const old = definitions_.of(change.profile, *domain))
                TRY(machine_.tidy(*domain, old->xml));
        }
        return {};
    }

    void backward() {
        WayBack way_back(machine_, report_, ledger_);
        for (const Change* const change : announced_ | std::views::reverse) {
            if (hangs_ && change == announced_.back())
                way_back.leave(change->profile, change->setting, reason_of(*report_.failure));
            else if (is_remembered(change->setting))
                way_back.go(change->profile, change->setting, change->before, change->after);
        }
        std::erase_if(report_.done,
                      [](const std::string& name) { return !name.starts_with("module "); });
        untidy(way_back);
        if (!report_.stuck.empty()) return;
        for (const std::string& profile : begun_) {
            // Should this fail as well, the next command finds nothing left to undo.
            (void)ledger_.append(profile, RestoredRecord{});
        }
    }

    /// What hostdevs and pins that were put in leave, each domain once and only when all are out.
    void untidy(WayBack& way_back) {
        std::set<DomainRef> tidied;
        for (const Change* const change : announced_ | std::views::reverse) {
            const DomainRef* const domain = domain_of(change->setting);
            if (domain == nullptr || !report_.stuck.empty()) continue;
            if (!tidied.insert(*domain).second) continue;
            if (const auto* const old = definitions_.of(change->profile, *domain))
                way_back.tidy(change->profile, *domain, old->xml);
        }
    }

    const Plan& plan_;
    const std::map<std::string, BeginRecord>& begin_;
    const Recorded& recorded_;
    Machine& machine_;
    Ledger& ledger_;
    const Conduct& conduct_;
    Definitions definitions_;
    Report report_;
    std::vector<std::string> begun_;
    std::vector<const Change*> announced_;
    bool hangs_ = false;  ///< the last of them: its write did not come back
};

bool is_announced(const Unfinished& unfinished, const Setting& setting) {
    return std::ranges::find(unfinished.intents, setting, &IntentRecord::setting) !=
               unfinished.intents.end() ||
           std::ranges::find(unfinished.holds, setting, &HoldRecord::setting) !=
               unfinished.holds.end();
}

/// Of a rollback: what it has put back it has given up.
bool holds(const RecordedProfile& ledger, const Setting& setting, const std::string& boot) {
    return std::ranges::any_of(ledger.entries, [&](const Entry& entry) {
        return entry.setting == setting && is_valid(entry, boot);
    });
}

std::string way_forward(const std::string& profile, const Unfinished& unfinished) {
    const std::string confirm =
        unfinished.waits_until ? "    ctrlpass confirm " + profile + "\nor go back:\n" : "";
    return (unfinished.waits_until ? "Keep it:\n" : "Finish that first:\n") + confirm +
           "    ctrlpass rollback " + profile + "\nNothing was changed.";
}

}  // namespace

Result<> check_finished(const std::vector<std::string>& profiles, const Recorded& recorded) {
    TRY(check_readable(profiles, recorded));
    for (const std::string& profile : profiles)
        if (const auto ledger = recorded.find(profile);
            ledger != recorded.end() && ledger->second.unfinished)
            return fail("cannot go on with profile " + profile,
                        ledger->second.unfinished->waits_until
                            ? "it waits to be confirmed"
                            : "an earlier command on it is unfinished",
                        way_forward(profile, *ledger->second.unfinished));
    return {};
}

Result<> check_apart(const std::vector<Setting>& settings, const std::vector<std::string>& profiles,
                     const Recorded& recorded, const std::string& boot) {
    const auto leaving = leaving_with({}, recorded);
    for (const auto& [name, ledger] : recorded) {
        if (!ledger.unfinished || std::ranges::find(profiles, name) != profiles.end()) continue;
        const bool waits = ledger.unfinished->waits_until.has_value();
        for (const Setting& setting : settings) {
            const bool free =
                !is_remembered(setting) ||
                (ledger.unfinished->begin.verb == Verb::rollback
                     ? !holds(ledger, setting, boot) || is_claimed(setting, leaving, recorded, boot)
                     : !is_announced(*ledger.unfinished, setting));
            if (free) continue;
            return fail("cannot change " + name_of(setting),
                        "profile " + name +
                            (waits ? " has it, too, and waits to be confirmed"
                                   : " has it, too, and an earlier command on that is unfinished"),
                        way_forward(name, *ledger.unfinished));
        }
    }
    return {};
}

void Report::add(const Report& other) {
    done.insert(done.end(), other.done.begin(), other.done.end());
    restored.insert(restored.end(), other.restored.begin(), other.restored.end());
    stuck.insert(stuck.end(), other.stuck.begin(), other.stuck.end());
    live.add(other.live);
    if (!failure) failure = other.failure;
    changed = changed || other.changed;
    waits = waits || other.waits;
    confirm_within = std::max(confirm_within, other.confirm_within);
    held = held || other.held;
}

Report execute_apply(const Plan& plan, const std::map<std::string, BeginRecord>& begin,
                     const Recorded& recorded, Machine& machine, Ledger& ledger,
                     const Conduct& conduct) {
    return Apply(plan, begin, recorded, machine, ledger, conduct).run();
}

}  // namespace ctrlpass
