// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/plan/claims.hpp"

#include <algorithm>

#include "src/ledger/broken.hpp"

namespace ctrlpass {

namespace {

struct AbsentState {
    State operator()(const ModuleSetting&) const { return false; }
    State operator()(const BindingSetting&) const { return Binding{}; }
    State operator()(const HostdevSetting&) const { return std::optional<std::string>{}; }
    State operator()(const PinSetting&) const { return std::optional<CpuSet>{}; }
    State operator()(const FileSetting&) const { return FileState{}; }
};

class Claiming {
  public:
    Claiming(const std::vector<std::string>& profiles, const std::vector<Wanted>& wanted,
             const Recorded& recorded, const std::string& boot, const std::map<Setting, State>& now)
        : profiles_(profiles),
          wanted_(wanted),
          recorded_(recorded),
          boot_(boot),
          now_(now),
          leaving_(leaving_with(profiles, recorded)) {}

    Claims claims() {
        for (const Wanted& wanted : wanted_) want(wanted);
        for (const std::string& profile : profiles_) let_go(profile);
        std::ranges::stable_sort(claims_.changes, {}, &Change::setting);
        return std::move(claims_);
    }

  private:
    void want(const Wanted& wanted) {
        for (const std::string& other : others_against(wanted))
            claims_.conflicts.push_back({wanted.profile, other, wanted.setting});
        const State before = now(wanted.setting);
        if (const auto* const broken = broken_claim(wanted.setting, recorded_);
            broken != nullptr && !is_settled(wanted, before))
            claims_.conflicts.push_back({wanted.profile, broken->name, wanted.setting, true});
        const State origin = origin_of(wanted.setting).value_or(before);
        // Of two profiles in one plan the first makes the change, the second holds it.
        const bool made = std::ranges::any_of(claims_.changes, [&](const Change& change) {
            return change.setting == wanted.setting;
        });
        if (before == wanted.after || made)
            claims_.holds.push_back({wanted.profile, wanted.setting, wanted.after, origin});
        else
            claims_.changes.push_back(
                {wanted.profile, wanted.setting, before, wanted.after, origin, wanted.why, true});
    }

    /// The way back of what the profile no longer names, unless somebody else claims it.
    void let_go(const std::string& profile) {
        const auto ledger = recorded_.find(profile);
        if (ledger == recorded_.end()) return;
        for (const Entry& entry : ledger->second.entries) {
            if (!is_valid(entry, boot_) || is_wanted(entry.setting) ||
                is_claimed(entry.setting, leaving_, recorded_, boot_) ||
                broken_claim(entry.setting, recorded_) != nullptr || is_gone(entry.setting))
                continue;
            const State before = now(entry.setting);
            // A foreign state is somebody's: it stays, and so does the claim.
            if (before == entry.origin || entry.origin == entry.after ||
                !is_on_the_way(before, entry.origin, entry.after))
                continue;
            claims_.changes.push_back({profile, entry.setting, before, entry.origin, entry.origin,
                                       "the profile no longer names it", false});
        }
    }

    std::vector<std::string> others_against(const Wanted& wanted) const {
        std::vector<std::string> others;
        for (const Wanted& other : wanted_)
            if (other.profile != wanted.profile && other.setting == wanted.setting &&
                !is_equivalent(other.after, wanted.after))
                others.push_back(other.profile);
        for (const auto& [name, ledger] : recorded_) {
            if (is_planned(name)) continue;
            for (const Entry& entry : ledger.entries)
                if (entry.setting == wanted.setting && !is_equivalent(entry.after, wanted.after) &&
                    is_valid(entry, boot_))
                    others.push_back(name);
        }
        return others;
    }

    /// Nothing is to be changed, nor claimed anew.
    bool is_settled(const Wanted& wanted, const State& before) const {
        if (memory_of(wanted.setting) == Memory::none) return true;
        const auto ledger = recorded_.find(wanted.profile);
        return before == wanted.after && ledger != recorded_.end() &&
               std::ranges::any_of(ledger->second.entries, [&](const Entry& entry) {
                   return entry.setting == wanted.setting && entry.after == wanted.after &&
                          is_valid(entry, boot_);
               });
    }

    State now(const Setting& setting) const {
        const auto found = now_.find(setting);
        return found == now_.end() ? absent_state(setting) : found->second;
    }

    std::optional<State> origin_of(const Setting& setting) const {
        for (const auto& [name, ledger] : recorded_)
            for (const Entry& entry : ledger.entries)
                if (entry.setting == setting && is_valid(entry, boot_)) return entry.origin;
        return std::nullopt;
    }

    bool is_planned(const std::string& profile) const {
        return std::ranges::find(profiles_, profile) != profiles_.end();
    }
    bool is_wanted(const Setting& setting) const {
        return std::ranges::find(wanted_, setting, &Wanted::setting) != wanted_.end();
    }
    /// Hostdevs that are not known are absent from a definition, functions are not there at all.
    bool is_gone(const Setting& setting) const {
        return std::holds_alternative<BindingSetting>(setting) && !now_.contains(setting);
    }

    const std::vector<std::string>& profiles_;
    const std::vector<Wanted>& wanted_;
    const Recorded& recorded_;
    const std::string& boot_;
    const std::map<Setting, State>& now_;
    const std::vector<std::string> leaving_;
    Claims claims_;
};

}  // namespace

Claims make_claims(const std::vector<std::string>& profiles, const std::vector<Wanted>& wanted,
                   const Recorded& recorded, const std::string& boot,
                   const std::map<Setting, State>& now) {
    return Claiming(profiles, wanted, recorded, boot, now).claims();
}

bool is_valid(const Entry& entry, const std::string& boot) {
    return memory_of(entry.setting) == Memory::for_good || entry.boot == boot;
}

std::vector<std::string> leaving_with(const std::vector<std::string>& profiles,
                                      const Recorded& recorded) {
    std::vector<std::string> leaving = profiles;
    for (const auto& [name, ledger] : recorded)
        if (ledger.unfinished && ledger.unfinished->begin.verb == Verb::rollback)
            leaving.push_back(name);
    return leaving;
}

bool is_claimed(const Setting& setting, const std::vector<std::string>& leaving,
                const Recorded& recorded, const std::string& boot) {
    return std::ranges::any_of(recorded, [&](const auto& other) {
        return std::ranges::find(leaving, other.first) == leaving.end() &&
               std::ranges::any_of(other.second.entries, [&](const Entry& entry) {
                   return entry.setting == setting && is_valid(entry, boot);
               });
    });
}

State absent_state(const Setting& setting) { return std::visit(AbsentState{}, setting); }

}  // namespace ctrlpass
