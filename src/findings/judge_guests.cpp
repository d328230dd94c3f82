// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/findings/judge_guests.hpp"

#include <algorithm>
#include <set>

#include "src/findings/judge_hook.hpp"
#include "src/findings/judge_memory.hpp"
#include "src/guests/proxmox_files.hpp"
#include "src/render/suggest.hpp"
#include "src/render/text.hpp"

namespace ctrlpass {

namespace {

bool names(const std::vector<DomainHostdev>& hostdevs, const PciAddress& address) {
    return std::ranges::find(hostdevs, address, &DomainHostdev::address) != hostdevs.end();
}

const HostdevSetting* hostdev_of(const Change& change, const std::string& profile) {
    return change.profile == profile ? std::get_if<HostdevSetting>(&change.setting) : nullptr;
}

std::string nearest_domain(const Facts& facts, const ProfileVm& vm) {
    std::vector<std::string_view> names;
    for (const Domain& domain : facts.guests.domains)
        if (domain.ref.uri == vm.uri) names.push_back(domain.ref.name);
    if (names.empty()) return "No domain is defined there.";
    return suggestion(vm.name, names);
}

/// A function that a definition names in <qemu:commandline>: libvirt does not know of that one.
void judge_arguments(const std::string& profile, const Domain& domain, const PciAddress& address,
                     bool own, std::vector<Finding>& findings) {
    for (const Named& named : domain.named) {
        const PciAddress* const function = named.function();
        if (function == nullptr || *function != address || named.live) continue;
        const std::string name = printable(domain.ref.name);
        const std::string text = to_string(address);
        const std::string edit = "    " + edit_command(domain.ref);
        findings.push_back(make_finding(
            profile, "claimed-by-domain", text,
            own ? name + " has " + text + " already (" + printable(named.how) +
                      "): it would get the function twice and not start"
                : "the definition of " + name + " (" + printable(domain.ref.uri) + ") names " +
                      text + " too (" + printable(named.how) +
                      "): only one of the two can run at a time",
            (own ? "Take these arguments out of the definition:\n"
                 : "Take it out of the other definition, or accept that only one of the two can "
                   "run at a time:\n") +
                edit));
    }
}

void judge_hostdev(const std::string& profile, const Domain& domain, const PciAddress& function,
                   std::vector<Finding>& findings) {
    if (!names(domain.defined, function)) return;
    const std::string address = to_string(function);
    const auto there = std::ranges::find(domain.defined, function, &DomainHostdev::address);
    findings.push_back(make_finding(
        profile, "claimed-by-domain", address,
        "the definition of " + printable(domain.ref.name) + " (" + printable(domain.ref.uri) +
            ") names " + address + " too" + (there->managed ? ", with managed='yes'" : "") +
            ": only one of the two can run at a time",
        "Take it out of the other definition, or accept that only one of the two can run at a "
        "time:\n    " +
            edit_command(domain.ref)));
}

/// Of a profile without a guest: who else takes the function when it starts.
void judge_takers(const std::string& profile, const Domain& domain, const PciAddress& function,
                  std::vector<Finding>& findings) {
    std::string how;
    if (names(domain.defined, function)) {
        const auto there = std::ranges::find(domain.defined, function, &DomainHostdev::address);
        how = there->managed ? "a hostdev with managed='yes'" : "a hostdev";
    }
    for (const Named& named : domain.named)
        if (how.empty() && named.function() != nullptr && *named.function() == function)
            how = printable(named.how);
    if (how.empty()) return;
    findings.push_back(make_finding(
        profile, "named-by-domain", to_string(function),
        "the definition of " + printable(domain.ref.name) + " (" + printable(domain.ref.uri) +
            ") names " + to_string(function) + " (" + how +
            "): that guest takes it when it starts" +
            (how.ends_with("managed='yes'") ? ", and libvirt gives it back to the host afterwards"
                                            : ""),
        "Where it is meant for another guest, take it out of the definition:\n    " +
            edit_command(domain.ref)));
}

/// The functions of this profile that leave the host for a guest, or wait for one.
std::vector<PciAddress> leaving_functions(const Profile& profile,
                                          const std::vector<Subject>& subjects,
                                          const std::vector<Change>& changes) {
    std::vector<PciAddress> functions;
    for (const Change& change : changes) {
        const auto* const binding = std::get_if<BindingSetting>(&change.setting);
        if (binding == nullptr || !change.wanted || change.profile != profile.name) continue;
        const auto subject = std::ranges::find(subjects, binding->address, &Subject::address);
        if (subject == subjects.end() || (subject->is_member() && !subject->guest)) continue;
        functions.push_back(binding->address);
    }
    return functions;
}

/// Domains that were not asked: their files tell who else names the functions.
void judge_definition_files(const Facts& facts, const Profile& profile,
                            const std::vector<Subject>& subjects,
                            const std::vector<Change>& changes, std::vector<Finding>& findings) {
    for (const PciAddress& function : leaving_functions(profile, subjects, changes)) {
        for (const Domain& domain : facts.definitions) {
            if (!profile.vm) {
                judge_takers(profile.name, domain, function, findings);
                continue;
            }
            const auto is_same = [&](const Domain& asked) { return asked.ref == domain.ref; };
            if (std::ranges::any_of(facts.guests.domains, is_same)) continue;
            const bool own =
                domain.ref.name == profile.vm->name && domain.ref.uri == profile.vm->uri;
            judge_arguments(profile.name, domain, function, own, findings);
            if (!own) judge_hostdev(profile.name, domain, function, findings);
        }
        if (!profile.vm)
            for (const Domain& domain : facts.guests.domains)
                judge_takers(profile.name, domain, function, findings);
    }
}

/// What definitions name in places that are not read: said once for each guest.
void judge_unread(const Facts& facts, const Profile& profile, std::vector<Finding>& findings) {
    for (const auto* const domains : {&facts.guests.domains, &facts.definitions})
        for (const Domain& domain : *domains) {
            const auto unread = std::ranges::find_if(domain.named, &Named::is_anything);
            if (unread == domain.named.end()) continue;
            const std::string name = printable(domain.ref.name);
            findings.push_back(make_finding(
                profile.name, "not-known", name,
                "not known whether the definition of " + name + " (" + printable(domain.ref.uri) +
                    ") names a function or what hangs below it: " + printable(unread->what) + " (" +
                    printable(unread->how) + ")",
                "Look at the definition:\n    " + edit_command(domain.ref)));
        }
}

void judge_other_definitions(const Facts& facts, const Profile& profile,
                             const HostdevSetting& setting, const std::vector<Change>& changes,
                             std::vector<Finding>& findings) {
    const std::string address = to_string(setting.address);
    for (const Domain& domain : facts.guests.domains) {
        const bool own = domain.ref == setting.domain;
        judge_arguments(profile.name, domain, setting.address, own, findings);
        if (!own) judge_hostdev(profile.name, domain, setting.address, findings);
    }
    for (const Change& change : changes) {
        const auto* const other = std::get_if<HostdevSetting>(&change.setting);
        if (other == nullptr || !change.wanted || other->address != setting.address ||
            other->domain == setting.domain)
            continue;
        findings.push_back(make_finding(profile.name, "claimed-by-domain", address,
                                        "profile " + change.profile + " gives " + address + " to " +
                                            printable(other->domain.name) +
                                            ": only one of the two can run at a time"));
    }
}

/// A hostdev made by hand in the profile's own domain would be replaced.
void judge_hand_made(const Profile& profile, const Change& change, const HostdevSetting& setting,
                     std::vector<Finding>& findings) {
    const bool replaces = std::get<std::optional<std::string>>(change.before).has_value() &&
                          change.origin == change.before;
    if (!replaces) return;
    findings.push_back(make_finding(
        profile.name, "claimed-by-domain", to_string(setting.address),
        printable(setting.domain.name) + " has a hostdev for " + to_string(setting.address) +
            " that ctrlpass did not make, and of another kind",
        "Take it out by hand, or accept that it is replaced; rollback puts it back."));
}

/// The functions that the domain has after the changes.
std::size_t devices_after(const Domain& domain, const std::vector<Change>& changes) {
    std::set<PciAddress> devices;
    for (const DomainHostdev& hostdev : domain.defined) devices.insert(hostdev.address);
    for (const Change& change : changes) {
        const auto* const setting = std::get_if<HostdevSetting>(&change.setting);
        if (setting == nullptr || setting->domain != domain.ref) continue;
        if (std::get<std::optional<std::string>>(change.after))
            devices.insert(setting->address);
        else
            devices.erase(setting->address);
    }
    return devices.size();
}

/// What the guest is like with VFIO devices in it: said once, with the first of them.
void judge_consequences(const Facts& facts, const Profile& profile, const HostdevSetting& setting,
                        const std::vector<Change>& changes, std::vector<Finding>& findings) {
    const Domain* const domain = facts.guests.by_uuid(setting.domain.uri, setting.domain.uuid);
    if (domain == nullptr) return;
    const std::string name = printable(domain->ref.name);
    const std::size_t devices = devices_after(*domain, changes);
    if (devices > 0)
        std::ranges::move(judge_memory(profile.name, *domain, devices),
                          std::back_inserter(findings));
    if (!domain->defined.empty()) return;
    findings.push_back(make_finding(profile.name, "not-migratable", name,
                                    name + " cannot be saved, suspended to disk or migrated "
                                           "while it has the controller"));
    findings.push_back(make_finding(profile.name, "memory-pinned", name,
                                    "all memory of " + name + " is pinned while it runs"));
}

/// Of hostdevs and pins alike, said once for the domain.
void judge_start(const Facts& facts, const std::string& profile, const std::vector<Change>& changes,
                 std::vector<Finding>& findings) {
    for (const Change& change : changes) {
        const DomainRef* const ref =
            change.profile == profile ? domain_of(change.setting) : nullptr;
        const Domain* const domain =
            ref == nullptr ? nullptr : facts.guests.by_uuid(ref->uri, ref->uuid);
        if (domain == nullptr) continue;
        if (auto finding = judge_next_start(profile, *domain))
            findings.push_back(std::move(*finding));
        return;
    }
}

}  // namespace

std::vector<Finding> judge_existence(const Facts& facts, const Profile& profile) {
    if (!profile.vm) return {};
    if (!is_local_uri(profile.vm->uri))
        return {make_finding(profile.name, "remote-libvirt", profile.vm->uri,
                             printable(profile.vm->uri) + " is a libvirt of another host")};
    if (facts.unasked.contains(profile.vm->uri)) return {};
    const Domain* const domain = facts.guests.by_name(profile.vm->uri, profile.vm->name);
    const std::string name = printable(profile.vm->name);
    if (domain == nullptr)
        return {make_finding(profile.name, "no-domain", name,
                             profile.vm->uri + " has no domain " + name,
                             nearest_domain(facts, *profile.vm))};
    if (!domain->persistent)
        return {make_finding(profile.name, "transient-domain", name,
                             name + " is transient: it has no persistent definition",
                             "Give it one first:\n    virsh dumpxml " +
                                 shell_word(profile.vm->name) +
                                 " > domain.xml && virsh define domain.xml")};
    return {};
}

std::vector<Finding> judge_domain(const Facts& facts, const Profile& profile,
                                  const std::vector<Subject>& subjects,
                                  const std::vector<Change>& changes) {
    std::vector<Finding> findings;
    judge_start(facts, profile.name, changes, findings);
    judge_definition_files(facts, profile, subjects, changes, findings);
    if (!leaving_functions(profile, subjects, changes).empty())
        judge_unread(facts, profile, findings);
    bool said = false;
    for (const Change& change : changes) {
        const HostdevSetting* const setting = hostdev_of(change, profile.name);
        if (setting == nullptr) continue;
        if (!said) judge_consequences(facts, profile, *setting, changes, findings);
        said = true;
        if (!change.wanted) continue;
        judge_other_definitions(facts, profile, *setting, changes, findings);
        judge_hand_made(profile, change, *setting, findings);
        const auto subject = std::ranges::find(subjects, setting->address, &Subject::address);
        if (subject == subjects.end() || subject->when != When::vm_start) continue;
        // The hook asks them.
        if (wants_hook(facts, profile.name)) continue;
        findings.push_back(
            make_finding(profile.name, "unguarded-start", to_string(setting->address),
                         "libvirt takes " + to_string(setting->address) +
                             " when the guest starts and asks none of these questions then",
                         "Before a start, ask:\n    ctrlpass plan " + profile.name));
    }
    return findings;
}

std::vector<Finding> judge_live_guests(const Facts& facts, const std::string& profile,
                                       const PciAddress& address) {
    std::vector<Finding> findings;
    for (const Domain& domain : facts.guests.domains) {
        if (!domain.running || !names(domain.live, address)) continue;
        const std::string name = printable(domain.ref.name);
        findings.push_back(make_finding(
            profile, "held-by-guest", to_string(address),
            "guest " + name + " runs with " + to_string(address),
            "Shut the guest down first:\n    virsh shutdown " + shell_word(domain.ref.name)));
    }
    return findings;
}

}  // namespace ctrlpass
