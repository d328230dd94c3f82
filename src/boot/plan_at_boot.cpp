// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/boot/plan_at_boot.hpp"

#include <algorithm>

#include "src/plan/identify.hpp"

namespace ctrlpass {

namespace {

/// Whether somebody can log in is not known before anybody could.
bool is_asked_at_boot(const Finding& finding) {
    return finding.severity == Severity::refuse && finding.code != "last-way-in";
}

/// The functions that the recorded definitions give to the guest and that the profile does not mean
/// any more.
std::vector<PciAddress> left_in_definition(const RecordedProfile& ledger,
                                           const std::vector<Subject>& subjects) {
    std::vector<PciAddress> left;
    for (const Entry& entry : ledger.entries)
        if (const auto* const hostdev = std::get_if<HostdevSetting>(&entry.setting))
            if (std::ranges::find(subjects, hostdev->address, &Subject::address) == subjects.end())
                left.push_back(hostdev->address);
    return left;
}

void refuse_moved(const RecordedProfile& ledger, const std::vector<Subject>& subjects,
                  std::vector<Finding>& findings) {
    const auto left = left_in_definition(ledger, subjects);
    for (Finding& finding : findings) {
        if (finding.code != "moved" || left.empty()) continue;
        finding.severity = Severity::refuse;
        finding.message += ", and the guest's definition still names " + to_string(left.front());
        finding.hint =
            "Write the new address into the definition:\n    ctrlpass apply " + ledger.name;
    }
}

void hold_what_lasts(const RecordedProfile& ledger, Plan& plan) {
    for (const Entry& entry : ledger.entries)
        if (memory_of(entry.setting) == Memory::for_good)
            plan.holds.push_back({ledger.name, entry.setting, entry.after, entry.origin});
}

/// The driver that a function had before ctrlpass: of this one, or of one that has moved here.
std::optional<std::string> usual_driver(const RecordedProfile& ledger, const Setting& setting) {
    std::optional<std::string> usual;
    for (const Entry& entry : ledger.entries) {
        const auto* const origin = std::get_if<Binding>(&entry.origin);
        if (origin == nullptr || !origin->driver) continue;
        if (entry.setting == setting) return origin->driver;
        if (!usual) usual = origin->driver;
    }
    return usual;
}

/// A function that udev has not come to yet has no driver; the way back leads to the one that it
/// would have had.
void mean_usual_drivers(const RecordedProfile& ledger, Plan& plan) {
    for (Change& change : plan.changes)
        if (change.profile == ledger.name && change.before == State(Binding{}) &&
            change.origin == change.before)
            change.origin = Binding{usual_driver(ledger, change.setting), std::nullopt};
}

}  // namespace

void keep_to_boot(Facts& facts) {
    facts.files.clear();
    facts.files_now.clear();
    facts.placements.clear();
}

Plan plan_at_boot(const Facts& facts) {
    Plan plan = make_plan(facts);
    for (const Profile& profile : facts.profiles) {
        const RecordedProfile& ledger = facts.recorded.at(profile.name);
        refuse_moved(ledger, identify({profile}, facts.host).subjects, plan.findings);
        for (Finding& finding : plan.findings)
            if (is_lock_out(finding.code) &&
                std::ranges::find(ledger.committed->accepted, finding.code) !=
                    ledger.committed->accepted.end())
                finding.accepted = true;
        hold_what_lasts(ledger, plan);
        mean_usual_drivers(ledger, plan);
    }
    std::erase_if(plan.findings, [](const Finding& finding) { return !is_asked_at_boot(finding); });
    return plan;
}

bool may_appear(const Plan& plan) {
    const auto blocks = [](const Finding& finding) { return !finding.accepted; };
    const auto absent = [](const Finding& finding) {
        return finding.accepted || finding.code == "no-such-controller";
    };
    return std::ranges::any_of(plan.findings, blocks) && std::ranges::all_of(plan.findings, absent);
}

}  // namespace ctrlpass
