// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/plan/planner.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "src/findings/judge.hpp"
#include "src/findings/judge_contents.hpp"
#include "src/findings/judge_fitness.hpp"
#include "src/findings/judge_foreign.hpp"
#include "src/findings/judge_guests.hpp"
#include "src/findings/judge_hook.hpp"
#include "src/findings/judge_inputs.hpp"
#include "src/findings/judge_override.hpp"
#include "src/findings/judge_ways_in.hpp"
#include "src/ledger/broken.hpp"
#include "src/plan/claims.hpp"
#include "src/plan/identify.hpp"
#include "src/plan/wanted.hpp"
#include "src/plan/wanted_pins.hpp"
#include "vfio/driver_names.hpp"

namespace ctrlpass {

namespace {

/// What the settings of the host and its guests are now, as far as they were read.
std::map<Setting, State> states_now(const Facts& facts) {
    std::map<Setting, State> now;
    now[ModuleSetting{"vfio-pci"}] = facts.host.module_loaded;
    for (const auto& [address, function] : facts.host.functions)
        now[BindingSetting{address}] = Binding{function.driver, function.override_name};
    for (const Domain& domain : facts.guests.domains) {
        for (const DomainHostdev& hostdev : domain.defined)
            now[HostdevSetting{domain.ref, hostdev.address}] = std::optional(hostdev.xml);
        for (const auto& [setting, cpus] : pins_now(domain)) now[setting] = std::optional(cpus);
    }
    for (const auto& [path, file] : facts.files_now) now[FileSetting{path}] = file;
    return now;
}

bool has_refusal(const std::vector<Finding>& findings, const std::string& profile) {
    return std::ranges::any_of(findings, [&](const Finding& finding) {
        return finding.profile == profile && finding.severity == Severity::refuse;
    });
}

const Binding* binding_of(const State& state) { return std::get_if<Binding>(&state); }

/// Functions that leave a host driver, or that libvirt will take at the guest's start.
bool takes_from_host(const Change& change, const Subject& subject) {
    if (!change.wanted) return false;
    if (const auto* const setting = std::get_if<BindingSetting>(&change.setting)) {
        return setting->address == subject.address &&
               binding_of(change.before)->driver != binding_of(change.after)->driver;
    }
    const auto* const hostdev = std::get_if<HostdevSetting>(&change.setting);
    return hostdev != nullptr && hostdev->address == subject.address &&
           subject.when == When::vm_start;
}

/// The findings of one plan, judged over all of its changes.
class Judgement {
  public:
    Judgement(const Facts& facts, const std::vector<Subject>& subjects, Plan& plan)
        : facts_(facts), subjects_(subjects), plan_(plan) {
        for (const Subject& subject : subjects) taken_.insert(subject.address);
        for (const auto& [address, function] : facts.host.functions)
            if (function.driver && is_vfio_driver(*function.driver)) taken_.insert(address);
    }

    void judge() {
        for (const Profile& profile : facts_.profiles) judge(profile);
        add(judge_way_back(facts_, plan_.changes));
    }

  private:
    void judge(const Profile& profile) {
        const Case facts{facts_.host, facts_.holders, taken_, profile.name, facts_.ssh_connection};
        std::vector<PciAddress> leaving;
        for (const Subject& subject : subjects_) {
            if (subject.profile != profile.name || !leaves(subject)) continue;
            const Function* const function = facts_.host.function(subject.address);
            if (function == nullptr) continue;
            if (leaving.empty()) add(judge_platform(facts, subject.address));
            add(judge_function(facts, *function, !subject.is_member()));
            if (!subject.is_member() || subject.guest) add(judge_fitness(facts, *function));
            add(judge_foreign(facts, subject.address));
            add(judge_live_guests(facts_, profile.name, subject.address));
            add(judge_contents(facts_, profile, subject.address));
            leaving.push_back(subject.address);
        }
        add(judge_inputs(facts, leaving));
        add(judge_ways_in(facts, leaving));
        judge_overrides(facts);
        add(judge_domain(facts_, profile, subjects_, plan_.changes));
        add(judge_hook(facts_, profile.name, plan_.changes));
        if (changes_pins(plan_.changes, profile.name) ||
            changes_hook(plan_.changes, profile.name)) {
            add(findings_of_pins(facts_, profile.name));
            add(judge_irqbalance(facts_, profile.name));
        }
    }

    bool leaves(const Subject& subject) const {
        const Function* const function = facts_.host.function(subject.address);
        if (facts_.asks_about_start && subject.when == When::vm_start && function != nullptr &&
            function->driver && !is_vfio_driver(*function->driver))
            return true;
        return std::ranges::any_of(
            plan_.changes, [&](const Change& change) { return takes_from_host(change, subject); });
    }

    void judge_overrides(const Case& facts) {
        for (const Change& change : plan_.changes) {
            const auto* const setting = std::get_if<BindingSetting>(&change.setting);
            if (setting == nullptr || change.profile != facts.profile || !change.wanted) continue;
            const bool ours = change.origin != change.before;
            add(judge_override(facts, setting->address, *binding_of(change.before), ours));
        }
    }

    /// A guest is often seen twice, as a process and by libvirt: said once.
    void add(std::vector<Finding> findings) {
        for (Finding& finding : findings) {
            const auto same = [&](const Finding& other) {
                return other.code == "held-by-guest" && other.code == finding.code &&
                       other.profile == finding.profile && other.subject == finding.subject;
            };
            if (std::ranges::none_of(plan_.findings, same))
                plan_.findings.push_back(std::move(finding));
        }
    }

    const Facts& facts_;
    const std::vector<Subject>& subjects_;
    Plan& plan_;
    std::set<PciAddress> taken_;
};

/// The consents that the profiles give: for a finding about a subject that subject's `allow`, for
/// any other the whole profile's. Lock-outs are the command line's to accept, never a profile's.
void accept(const Facts& facts, const std::vector<Subject>& subjects,
            std::vector<Finding>& findings) {
    const auto allows = [](const std::vector<std::string>& allow, const std::string& code) {
        return std::ranges::find(allow, code) != allow.end();
    };
    for (Finding& finding : findings) {
        if (is_lock_out(finding.code)) finding.accepted = facts.may_lock_out;
        if (finding.severity != Severity::consent) continue;
        for (const Profile& profile : facts.profiles)
            if (profile.name == finding.profile && allows(profile.allow, finding.code))
                finding.accepted = true;
        for (const Subject& subject : subjects)
            if (subject.profile == finding.profile &&
                to_string(subject.address) == finding.subject &&
                allows(subject.allow, finding.code))
                finding.accepted = true;
    }
}

/// The ledgers without what is in the definitions of libvirts that were not asked, and without
/// files that were not read: what is not known must not look as if it were gone.
Recorded asked_about(const Facts& facts) {
    Recorded recorded = facts.recorded;
    for (auto& [name, ledger] : recorded)
        std::erase_if(ledger.entries, [&](const Entry& entry) {
            const DomainRef* const domain = domain_of(entry.setting);
            const auto* const file = std::get_if<FileSetting>(&entry.setting);
            return (domain != nullptr && facts.unasked.contains(domain->uri)) ||
                   (file != nullptr && !facts.files_now.contains(file->path));
        });
    return recorded;
}

/// Of what may be claimed by a ledger that tells nothing, once for the whole profile.
Finding broken_finding(const Conflict& conflict, const RecordedProfile& broken) {
    const bool is_known = broken.broken->is_known;
    return make_finding(conflict.profile, "setting-claimed",
                        is_known ? name_of(conflict.setting) : "ledger of " + broken.name,
                        reason_of_claim(broken), way_to_free(broken));
}

void add_conflicts(const Facts& facts, const Claims& claims, Plan& plan) {
    for (const Conflict& conflict : claims.conflicts) {
        Finding finding =
            conflict.broken
                ? broken_finding(conflict, facts.recorded.at(conflict.other))
                : make_finding(conflict.profile, "setting-claimed", name_of(conflict.setting),
                               "profile " + conflict.other + " wants another state of " +
                                   name_of(conflict.setting),
                               "Roll it back first:\n    ctrlpass rollback " + conflict.other);
        if (std::ranges::find(plan.findings, finding) == plan.findings.end())
            plan.findings.push_back(std::move(finding));
    }
}

}  // namespace

bool Plan::is_refused() const {
    return std::ranges::any_of(findings, [](const Finding& finding) {
        return !finding.accepted &&
               (finding.severity == Severity::refuse || finding.severity == Severity::consent);
    });
}

Plan make_plan(const Facts& facts) {
    Plan plan;
    auto [subjects, findings] = identify(facts.profiles, facts.host);
    plan.findings = facts.gathered;
    std::ranges::move(findings, std::back_inserter(plan.findings));
    std::vector<Wanted> wanted;
    std::vector<std::string> known;
    for (const Profile& profile : facts.profiles) {
        plan.profiles.push_back(profile.name);
        std::ranges::move(judge_existence(facts, profile), std::back_inserter(plan.findings));
        std::ranges::move(refusals_of_pins(facts, profile.name), std::back_inserter(plan.findings));
        // Of a profile that does not fit this host nothing is planned, least of all a way back.
        if (has_refusal(plan.findings, profile.name)) continue;
        known.push_back(profile.name);
        std::ranges::move(wanted_by(facts, profile, subjects), std::back_inserter(wanted));
    }
    Claims claims =
        make_claims(known, wanted, asked_about(facts), facts.host.boot_id, states_now(facts));
    plan.changes = std::move(claims.changes);
    plan.holds = std::move(claims.holds);
    add_conflicts(facts, claims, plan);
    Judgement(facts, subjects, plan).judge();
    accept(facts, subjects, plan.findings);
    return plan;
}

std::vector<Finding> judge_way_back(const Facts& facts, const std::vector<Change>& changes) {
    std::vector<Finding> findings;
    const std::set<PciAddress> nothing;
    for (const Change& change : changes) {
        const auto* const setting = std::get_if<BindingSetting>(&change.setting);
        if (setting == nullptr || change.wanted) continue;
        const bool unbinds = binding_of(change.before)->driver &&
                             binding_of(change.before)->driver != binding_of(change.after)->driver;
        const Function* const function = facts.host.function(setting->address);
        if (!unbinds || function == nullptr) continue;
        const Case held{facts.host, facts.holders, nothing, change.profile};
        auto holders = judge_holders(held, *function);
        // Who has the group open is seen in /proc; libvirt knows of a guest where that is not.
        if (holders.empty()) holders = judge_live_guests(facts, change.profile, setting->address);
        std::ranges::move(holders, std::back_inserter(findings));
    }
    return findings;
}

}  // namespace ctrlpass
