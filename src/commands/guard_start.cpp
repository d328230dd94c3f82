// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/commands/guard_start.hpp"

#include <algorithm>
#include <pugixml.hpp>

#include "src/commands/applied_profile.hpp"
#include "src/guests/domain_xml.hpp"
#include "src/guests/domain_xml_text.hpp"
#include "src/ledger/broken.hpp"
#include "src/plan/gather.hpp"
#include "src/plan/identify.hpp"

namespace ctrlpass {

namespace {

bool names(const RecordedProfile& recorded, const std::string& uuid, const PciAddress& address) {
    return std::ranges::any_of(recorded.entries, [&](const Entry& entry) {
        const auto* const setting = std::get_if<HostdevSetting>(&entry.setting);
        return setting != nullptr && setting->domain.uuid == uuid && setting->address == address;
    });
}

/// A lock-out that somebody wanted when the profile was applied.
bool was_accepted(const Finding& finding, const Recorded& recorded) {
    const auto ledger = recorded.find(finding.profile);
    if (ledger == recorded.end() || !ledger->second.committed) return false;
    const auto& accepted = ledger->second.committed->accepted;
    return std::ranges::find(accepted, finding.code) != accepted.end();
}

/// A ledger that cannot be read and names this hostdev, or may be the one that wrote it.
const RecordedProfile* broken_with(const StartingGuest& guest, const PciAddress& address,
                                   const Recorded& recorded) {
    for (const auto& [name, ledger] : recorded) {
        if (!ledger.broken) continue;
        const bool named = std::ranges::any_of(ledger.broken->settings, [&](const auto& setting) {
            const auto* const hostdev = std::get_if<HostdevSetting>(&setting);
            return hostdev != nullptr && hostdev->domain.uuid == guest.uuid &&
                   hostdev->address == address;
        });
        if (named || (!ledger.broken->is_known && guest.ours.contains(address))) return &ledger;
    }
    return nullptr;
}

std::unexpected<Error> not_judged(const PciAddress& address, std::string where, std::string hint) {
    return fail("cannot tell whether " + to_string(address) + " may leave the host",
                std::move(where), std::move(hint));
}

}  // namespace

Result<StartingGuest> starting_guest(const std::string& domain_xml) {
    pugi::xml_document document;
    TRY(parse_xml(document, domain_xml, "domain"));
    StartingGuest guest{document.document_element().child("uuid").text().get(), {}, {}};
    for (const DomainHostdev& hostdev : TRY(hostdevs_in(domain_xml))) {
        if (!hostdev.managed) continue;
        guest.taken.push_back(hostdev.address);
        if (hostdev.ours) guest.ours.insert(hostdev.address);
    }
    return guest;
}

std::vector<const RecordedProfile*> applied_to(const std::string& uuid, const Recorded& recorded) {
    std::vector<const RecordedProfile*> found;
    for (const auto& [name, ledger] : recorded)
        if (ledger.committed && ledger.committed->domain.uuid == uuid) found.push_back(&ledger);
    return found;
}

Result<std::vector<Finding>> judge_start(const Root& root, const StartingGuest& guest,
                                         const Recorded& recorded,
                                         const std::string& state_directory) {
    const auto ledgers = applied_to(guest.uuid, recorded);
    std::vector<Profile> profiles;
    std::vector<PciAddress> judged;
    for (const PciAddress& address : guest.taken) {
        const auto ledger = std::ranges::find_if(
            ledgers, [&](const auto* one) { return names(*one, guest.uuid, address); });
        if (ledger == ledgers.end()) {
            if (const auto* const broken = broken_with(guest, address, recorded))
                return not_judged(address, reason_of_claim(*broken), way_to_free(*broken));
            if (!guest.ours.contains(address)) continue;
            return not_judged(address, "no applied profile gives it to this guest",
                              "Apply the profile again, or take the hostdev out of the guest.");
        }
        judged.push_back(address);
        Profile profile = TRY(applied_profile(**ledger, state_directory));
        if (std::ranges::find(profiles, profile.name, &Profile::name) == profiles.end())
            profiles.push_back(std::move(profile));
    }
    if (profiles.empty()) return std::vector<Finding>{};
    Facts facts = TRY(gather_facts(root, std::move(profiles), recorded, nullptr));
    facts.asks_about_start = true;
    Plan plan = make_plan(facts);
    std::erase_if(plan.findings, [&](const Finding& finding) {
        return finding.severity != Severity::refuse || was_accepted(finding, recorded);
    });
    if (!plan.findings.empty()) return std::move(plan.findings);
    const auto subjects = identify(facts.profiles, facts.host).subjects;
    for (const PciAddress& address : judged)
        if (std::ranges::find(subjects, address, &Subject::address) == subjects.end())
            return not_judged(
                address, "no profile of this guest names it any more",
                "Apply the profile again:\n    ctrlpass apply " + facts.profiles.front().name);
    return std::vector<Finding>{};
}

}  // namespace ctrlpass
