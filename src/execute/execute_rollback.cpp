// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <set>

#include "src/execute/execute.hpp"
#include "src/execute/way_back.hpp"
#include "src/ledger/broken.hpp"
#include "src/plan/claims.hpp"

namespace ctrlpass {

namespace {

bool is_apply(const RecordedProfile& ledger) {
    return ledger.unfinished && ledger.unfinished->begin.verb == Verb::apply;
}

/// Did the apply announce a change of this domain's definition?
bool came_to(const Unfinished& apply, const DefinitionRecord& definition) {
    return std::ranges::any_of(apply.intents, [&](const IntentRecord& intent) {
        const DomainRef* const domain = domain_of(intent.setting);
        return domain != nullptr && *domain == definition.domain;
    });
}

/// Builds the ways back, each setting once, up the ranks.
class Planning {
  public:
    explicit Planning(Machine& machine) : machine_(machine) {}

    /// Undoes what an apply announced.
    void add(const std::string& profile, const IntentRecord& intent) {
        add(profile, intent.setting, intent.before, intent.after,
            "as it was before the interrupted apply");
    }

    /// What the profile remembers, but for what others claim.
    void add(const RecordedProfile& ledger, const std::vector<std::string>& leaving,
             const Recorded& recorded, const std::string& boot) {
        for (const Entry& entry : ledger.entries) {
            if (!is_valid(entry, boot) || is_claimed(entry.setting, leaving, recorded, boot))
                continue;
            if (const auto* const broken = broken_claim(entry.setting, recorded))
                leave(ledger.name, entry, *broken);
            else if (add(ledger.name, entry.setting, entry.origin, entry.after,
                         "as it was before ctrlpass"))
                result_.back.push_back(entry.setting);
        }
    }

    RollbackPlan result(const std::vector<std::string>& profiles) {
        result_.plan.profiles = profiles;
        std::ranges::stable_sort(result_.plan.changes, std::ranges::greater{}, &Change::setting);
        return std::move(result_);
    }

  private:
    /// From wherever the setting stands between `to` and `other`, back to `to`. True when it is
    /// there already.
    bool add(const std::string& profile, const Setting& setting, const State& to,
             const State& other, const std::string& why) {
        if (to == other || !planned_.insert(setting).second) return false;
        const auto now = machine_.read(setting);
        const bool gone = !now && now.error().trouble == Trouble::missing;
        if (gone || (now && *now == to)) return true;
        if (!now)
            stuck(profile, setting, reason_of(now.error()));
        else if (!is_on_the_way(*now, to, other))
            stuck(profile, setting, foreign_reason(*now, to, other));
        else
            result_.plan.changes.push_back({profile, setting, *now, to, to, why, false});
        return false;
    }

    /// What a profile whose ledger is broken may want as it is. What is back is back.
    void leave(const std::string& profile, const Entry& entry, const RecordedProfile& broken) {
        if (entry.origin == entry.after || !planned_.insert(entry.setting).second) return;
        const auto now = machine_.read(entry.setting);
        if ((now && *now == entry.origin) || (!now && now.error().trouble == Trouble::missing))
            result_.back.push_back(entry.setting);
        else
            stuck(profile, entry.setting, reason_of_claim(broken) + "\n" + way_to_free(broken));
    }

    void stuck(const std::string& profile, const Setting& setting, const std::string& reason) {
        result_.stuck.push_back({profile, name_of(setting), reason});
    }

    Machine& machine_;
    std::set<Setting> planned_;
    RollbackPlan result_;
};

/// Does the ways back. A ledger that cannot be written ends it: nothing more is touched.
class Execution {
  public:
    Execution(const RollbackPlan& plan, const Recorded& recorded, Machine& machine, Ledger& ledger)
        : plan_(plan), recorded_(recorded), ledger_(ledger), way_back_(machine, report_, ledger) {
        report_.stuck = plan.stuck;
    }

    /// `rolling_back`: the profiles that end, also those of earlier commands that are stuck. Of any
    /// other an apply is undone, which has announced all of this already.
    void run(const std::vector<std::string>& rolling_back) {
        rolling_back_ = rolling_back;
        for (const Setting& setting : plan_.back) drop(setting);
        for (const Change& change : plan_.plan.changes) {
            if (report_.failure)
                way_back_.leave(change.profile, change.setting, "the ledger cannot be written");
            else
                one(change);
        }
    }

    /// What hostdevs and pins of this profile leave in the definitions of domains. Where an apply
    /// is undone, of those that it had come to.
    void tidy(const std::string& profile) {
        const auto ledger = recorded_.find(profile);
        if (ledger == recorded_.end() || report_.failure) return;
        for (const DefinitionRecord& definition : ledger->second.definitions)
            if (!is_out_of_reach(definition.domain) &&
                (!is_apply(ledger->second) || came_to(*ledger->second.unfinished, definition)))
                way_back_.tidy(profile, definition.domain, definition.xml);
    }

    /// The last word on a profile of which nothing is stuck.
    void close(const std::string& profile, const Record& last) {
        if (report_.failure ||
            std::ranges::find(report_.stuck, profile, &Stuck::profile) != report_.stuck.end())
            return;
        if (const auto closed = ledger_.append(profile, last); !closed) stop(profile, closed);
    }

    /// Half put back, it must not be confirmed any more.
    void end_waiting(const std::string& profile) {
        if (report_.failure) return;
        if (const auto ended = ledger_.append(profile, WaitRecord{0}); !ended) stop(profile, ended);
    }

    Result<> begin(const std::string& profile, const BeginRecord& record) {
        return ledger_.append(profile, record);
    }

    Report report() {
        report_.changed = report_.changed || !report_.restored.empty();
        return std::move(report_);
    }

    void fail_with(const Error& error) { report_.failure = error; }

  private:
    /// Hostdevs or pins of the domain are stuck: why should its definition be better off?
    bool is_out_of_reach(const DomainRef& domain) const {
        return std::ranges::any_of(report_.stuck, [&](const Stuck& stuck) {
            const auto setting = setting_named(stuck.setting, domain.uri, domain.uuid);
            const DomainRef* const other = setting ? domain_of(*setting) : nullptr;
            return other != nullptr && other->name == domain.name;
        });
    }

    void one(const Change& change) {
        const bool announce =
            std::ranges::find(rolling_back_, change.profile) != rolling_back_.end();
        if (announce) {
            const auto announced = ledger_.append(
                change.profile,
                IntentRecord{change.setting, change.before, change.origin, change.after, false});
            if (!announced) {
                report_.failure = announced.error();
                return way_back_.leave(change.profile, change.setting, announced.error().what);
            }
        }
        const bool back = way_back_.go(change.profile, change.setting, change.after, change.before);
        if (back && announce) drop(change.setting);
    }

    /// It is back: the claims of those that end are over, whatever becomes of the rest.
    void drop(const Setting& setting) {
        for (const std::string& profile : rolling_back_) {
            const auto& entries = recorded_.at(profile).entries;
            const bool held = std::ranges::find(entries, setting, &Entry::setting) != entries.end();
            if (!held || report_.failure) continue;
            if (const auto done = ledger_.append(profile, DoneRecord{setting}); !done)
                stop(profile, done);
        }
    }

    /// A ledger that cannot be written: what was done stands, and the next command goes on.
    void stop(const std::string& profile, const Result<>& written) {
        report_.failure = written.error();
        report_.stuck.push_back(
            {profile, "ledger of " + profile, "it cannot be written; the next ctrlpass goes on"});
    }

    const RollbackPlan& plan_;
    const Recorded& recorded_;
    Ledger& ledger_;
    std::vector<std::string> rolling_back_;
    Report report_;
    WayBack way_back_;
};

/// Is the transaction that this ledger did not finish committed in another one? Then all of its
/// changes were made.
bool is_committed_elsewhere(const Unfinished& unfinished, const Recorded& recorded) {
    const std::string& id = unfinished.begin.transaction;
    return std::ranges::any_of(recorded, [&](const auto& other) {
        const auto& [begin, broken] = std::tie(other.second.committed, other.second.broken);
        return (begin && begin->transaction == id) ||
               (broken && broken->committed && broken->transaction == id);
    });
}

std::vector<Setting> settings_of(const std::vector<std::string>& profiles,
                                 const Recorded& recorded) {
    std::vector<Setting> settings;
    for (const std::string& profile : profiles)
        if (const auto ledger = recorded.find(profile); ledger != recorded.end())
            for (const Entry& entry : ledger->second.entries) settings.push_back(entry.setting);
    return settings;
}

}  // namespace

RollbackPlan plan_rollback(const std::vector<std::string>& profiles, const Recorded& recorded,
                           const std::string& boot, Machine& machine) {
    Planning planning(machine);
    const auto leaving = leaving_with(profiles, recorded);
    for (const std::string& profile : profiles)
        if (const auto ledger = recorded.find(profile); ledger != recorded.end())
            planning.add(ledger->second, leaving, recorded, boot);
    return planning.result(profiles);
}

Report execute_rollback(const RollbackPlan& plan, const std::map<std::string, BeginRecord>& begin,
                        const Recorded& recorded, Machine& machine, Ledger& ledger) {
    Execution execution(plan, recorded, machine, ledger);
    if (begin.empty()) return execution.report();
    auto free = check_finished(plan.plan.profiles, recorded);
    if (free)
        free = check_apart(settings_of(plan.plan.profiles, recorded), plan.plan.profiles, recorded,
                           begin.begin()->second.boot);
    if (!free) {
        execution.fail_with(free.error());
        return execution.report();
    }
    for (const std::string& profile : plan.plan.profiles) {
        if (const auto begun = execution.begin(profile, begin.at(profile)); !begun) {
            execution.fail_with(begun.error());
            return execution.report();
        }
    }
    execution.run(leaving_with(plan.plan.profiles, recorded));
    for (const std::string& profile : plan.plan.profiles) execution.tidy(profile);
    for (const std::string& profile : plan.plan.profiles)
        execution.close(profile, RestoredRecord{});
    return execution.report();
}

bool is_waiting(const std::string& profile, const Recorded& recorded, const Moment& now) {
    const auto& unfinished = recorded.at(profile).unfinished;
    if (!unfinished || !unfinished->waits(now)) return false;
    return std::ranges::none_of(recorded, [&](const auto& other) {
        const auto& begin = other.second.committed;
        const auto& open = other.second.unfinished;
        const std::string& id = unfinished->begin.transaction;
        const auto& broken = other.second.broken;
        return (begin && begin->transaction == id) ||
               (broken && broken->committed && broken->transaction == id) ||
               (open && open->begin.transaction == id && !open->waits(now));
    });
}

std::vector<std::string> unfinished_profiles(const Recorded& recorded, const Moment& now) {
    std::vector<std::string> profiles;
    for (const auto& [name, ledger] : recorded)
        if (ledger.unfinished && !is_waiting(name, recorded, now)) profiles.push_back(name);
    return profiles;
}

RollbackPlan plan_recovery(const std::vector<std::string>& profiles, const Recorded& recorded,
                           const std::string& boot, Machine& machine) {
    Planning planning(machine);
    std::vector<std::string> leaving;
    for (const std::string& name : profiles)
        if (!is_apply(recorded.at(name))) leaving.push_back(name);
    for (const std::string& name : profiles) {
        const RecordedProfile& ledger = recorded.at(name);
        if (!is_apply(ledger)) {
            planning.add(ledger, leaving, recorded, boot);
            continue;
        }
        if (is_committed_elsewhere(*ledger.unfinished, recorded)) continue;
        for (const IntentRecord& intent : ledger.unfinished->intents) {
            const bool lasts = memory_of(intent.setting) == Memory::for_good ||
                               ledger.unfinished->begin.boot == boot;
            if (lasts) planning.add(name, intent);
        }
    }
    return planning.result(profiles);
}

Report execute_recovery(const RollbackPlan& plan, const Recorded& recorded, Machine& machine,
                        Ledger& ledger) {
    Execution execution(plan, recorded, machine, ledger);
    std::vector<std::string> rolling_back;
    for (const std::string& profile : plan.plan.profiles) {
        if (!is_apply(recorded.at(profile))) rolling_back.push_back(profile);
        if (recorded.at(profile).unfinished->waits_until.value_or(0) > 0)
            execution.end_waiting(profile);
    }
    execution.run(rolling_back);
    for (const std::string& profile : plan.plan.profiles) {
        const RecordedProfile& unfinished = recorded.at(profile);
        if (is_apply(unfinished) && is_committed_elsewhere(*unfinished.unfinished, recorded)) {
            execution.close(profile, CommitRecord{});
            continue;
        }
        execution.tidy(profile);
        execution.close(profile, RestoredRecord{});
    }
    return execution.report();
}

}  // namespace ctrlpass
