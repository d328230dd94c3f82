// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/plan/gather.hpp"

#include <algorithm>
#include <set>

#include "iommu/disk_tables.hpp"
#include "iommu/read_host.hpp"
#include "src/execute/owned_file.hpp"
#include "src/guests/definition_files.hpp"
#include "src/guests/proxmox_files.hpp"
#include "src/ledger/ledger.hpp"
#include "src/plan/gather_pins.hpp"
#include "src/plan/identify.hpp"
#include "src/render/text.hpp"
#include "vfio/driver_names.hpp"

namespace ctrlpass {

namespace {

/// Settings of the profiles' ledgers that the profiles may not name any more.
std::vector<PciAddress> recorded_functions(const std::vector<Profile>& profiles,
                                           const Recorded& recorded) {
    std::vector<PciAddress> found;
    for (const Profile& profile : profiles) {
        const auto ledger = recorded.find(profile.name);
        if (ledger == recorded.end()) continue;
        for (const Entry& entry : ledger->second.entries)
            if (const auto* const setting = std::get_if<BindingSetting>(&entry.setting))
                found.push_back(setting->address);
    }
    return found;
}

std::string incomplete_text(bool groups, const Host& host) {
    const std::string devices = host.nodes.empty() ? "" : "the devices below";
    const bool disks = std::ranges::any_of(host.nodes, &DeviceNode::block);
    return "only root can see who holds " + std::string(groups ? "the VFIO groups" : "") +
           (groups && !devices.empty() ? " and " : "") + devices + " open" +
           (disks ? ", and what other processes have mounted" : "");
}

/// What an ordinary user's plan leaves open, each fact by itself.
void note_hidden(const Root& root, bool groups, Facts& facts) {
    const auto note = [&](const std::string& profile, const char* subject, std::string message) {
        facts.gathered.push_back(
            make_finding(profile, "needs-root-to-know", subject, std::move(message)));
    };
    const Host& host = facts.host;
    if (!facts.holders.complete) note("", "holders", incomplete_text(groups, host));
    if (host.ways_in && host.ways_in->needs_root)
        note("", "sshd", "only root can read on which ports sshd is configured to listen");
    for (const std::string& table : disk_tables()) {
        if (host.attached.empty()) break;
        const auto text = root.read(table, longest_table);
        if (!text && text.error().trouble == Trouble::denied)
            note("", "tables", "only root can read which disks /" + table + " names");
    }
    const bool serials = std::ranges::any_of(
        host.functions, [](const auto& function) { return function.second.serial_hidden; });
    for (const Profile& profile : facts.profiles)
        if (serials && std::ranges::any_of(all_pins(profile), [](const Pins* pins) {
                return pins->serial.has_value();
            }))
            note(profile.name, "serial",
                 "only root can read the serial numbers of functions: this pin is not compared");
}

Result<Host> read_subjects(const Root& root, const std::vector<Profile>& profiles,
                           const Recorded& recorded) {
    Scope scope;
    scope.subjects = [&](const std::vector<Place>& places) {
        auto subjects = candidates(profiles, places);
        std::ranges::copy(recorded_functions(profiles, recorded), std::back_inserter(subjects));
        return subjects;
    };
    Host host = TRY(read_host(root, scope));
    const auto lost = [](const Finding& finding) { return finding.severity == Severity::refuse; };
    // Where is the wanted one now? Only then is a look at every function worth its time.
    if (std::ranges::any_of(identify(profiles, host).findings, lost))
        return read_host(root, Scope{.everything = true, .subjects = {}});
    return host;
}

/// URIs of the profiles and of what their ledgers remember.
std::set<std::string> uris_of(const std::vector<Profile>& profiles, const Recorded& recorded) {
    std::set<std::string> uris;
    for (const Profile& profile : profiles) {
        if (profile.vm && is_local_uri(profile.vm->uri)) uris.insert(profile.vm->uri);
        const auto ledger = recorded.find(profile.name);
        if (ledger == recorded.end()) continue;
        for (const Entry& entry : ledger->second.entries)
            if (const DomainRef* const domain = domain_of(entry.setting)) uris.insert(domain->uri);
    }
    return uris;
}

std::set<std::string> uris_of(const std::vector<Change>& changes) {
    std::set<std::string> uris;
    for (const Change& change : changes)
        if (const DomainRef* const domain = domain_of(change.setting)) uris.insert(domain->uri);
    return uris;
}

Result<> read_guests(Facts& facts, GuestHosts& guests) {
    for (const std::string& uri : uris_of(facts.profiles, facts.recorded)) {
        auto domains = guests.domains(uri);
        if (domains) {
            std::ranges::move(*domains, std::back_inserter(facts.guests.domains));
            continue;
        }
        if (domains.error().trouble != Trouble::denied) return std::unexpected(domains.error());
        facts.unasked.insert(uri);
        for (const Profile& profile : facts.profiles)
            if (profile.vm && profile.vm->uri == uri)
                facts.gathered.push_back(
                    make_finding(profile.name, "needs-root-to-know", uri,
                                 "only root may ask libvirt about the guests"));
    }
    return {};
}

/// Does anything hang below the subjects that a definition could name?
bool has_contents(const Host& host) {
    return !host.attached.empty() ||
           std::ranges::any_of(host.controllers, [](const Controller& controller) {
               return !controller.devices.empty();
           });
}

/// What readers passed over since it is more than they take.
void note_unread(const Root& root, Facts& facts) {
    constexpr std::size_t most_told = 4;
    const auto& places = root.unread();
    for (std::size_t i = 0; i < std::min(places.size(), most_told); ++i) {
        const std::string path = printable("/" + places[i].path);
        std::string message =
            "not known whether " + path + " concerns these functions: " + printable(places[i].why);
        if (i + 1 == most_told && places.size() > most_told)
            message += "; nor of " + std::to_string(places.size() - most_told) + " more files";
        facts.gathered.push_back(make_finding("", "not-known", path, std::move(message)));
    }
}

/// The system's libvirt is not asked by a plan that has no domain there: its files say as much.
void read_unasked_definitions(const Root& root, Facts& facts) {
    const std::string system = "qemu:///system";
    const auto uris = uris_of(facts.profiles, facts.recorded);
    const bool asked = root.is_live() && uris.contains(system);
    if (facts.host.functions.empty()) return;
    // Proxmox has no libvirt.
    auto domains = asked ? read_proxmox_guests(root) : read_definition_files(root);
    if (domains)
        facts.definitions = std::move(*domains);
    else
        facts.gathered.push_back(make_finding(
            "", "needs-root-to-know", "guests",
            "only root can read what the definitions of other guests name (/etc/libvirt/qemu)"));
}

/// Where everything hangs that the definitions name.
void locate_named(const Root& root, Facts& facts) {
    if (!has_contents(facts.host)) return;
    Locator locator(root);
    for (auto* const domains : {&facts.guests.domains, &facts.definitions})
        for (Domain& domain : *domains)
            for (Named& named : domain.named) {
                if (const auto* const usb = std::get_if<UsbMatch>(&named.target))
                    named.sysfs = locator.find(*usb);
                if (const auto* const device = std::get_if<DeviceName>(&named.target))
                    named.sysfs = locator.find(*device);
            }
}

}  // namespace

Result<GuestHost*> GuestHosts::at(const std::string& uri) {
    auto found = hosts_.find(uri);
    if (found == hosts_.end()) found = hosts_.emplace(uri, open_(uri)).first;
    if (!found->second) return std::unexpected(found->second.error());
    return found->second->get();
}

Result<std::vector<Domain>> GuestHosts::domains(const std::string& uri) {
    GuestHost* const host = TRY(at(uri));
    return host->domains();
}

std::vector<int> groups_on_vfio(const Host& host) {
    std::set<int> groups;
    for (const auto& [address, function] : host.functions)
        if (function.group && function.driver && is_vfio_driver(*function.driver))
            groups.insert(*function.group);
    return {groups.begin(), groups.end()};
}

Result<std::vector<Profile>> load_profiles(const std::vector<std::string>& names, Trust trust,
                                           std::vector<std::string>& notes) {
    std::vector<Profile> profiles;
    for (const std::string& name : names) {
        const ProfileFile file = TRY(read_profile_file(name, trust));
        Profile profile = TRY(parse_profile(file.text, file.path));
        if (file.owned_by_sudo_user)
            notes.push_back(file.path +
                            " belongs to you, not to root: accepted, since you called "
                            "ctrlpass by sudo");
        const auto twin = std::ranges::find(profiles, profile.name, &Profile::name);
        if (twin != profiles.end())
            return fail("profile " + profile.name + " is named twice",
                        twin->path + " and " + profile.path, {}, Trouble::bad_input);
        profiles.push_back(std::move(profile));
    }
    return profiles;
}

Result<Facts> gather_facts(const Root& root, std::vector<Profile> profiles, Recorded recorded,
                           GuestHosts* guests, const std::string& state) {
    Facts facts;
    facts.profiles = std::move(profiles);
    facts.recorded = std::move(recorded);
    facts.host = TRY(read_subjects(root, facts.profiles, facts.recorded));
    const auto groups = groups_on_vfio(facts.host);
    facts.holders = read_holders(root, groups, facts.host.nodes);
    note_hidden(root, !groups.empty(), facts);
    if (guests != nullptr) {
        TRY(read_guests(facts, *guests));
    } else {
        facts.unasked = uris_of(facts.profiles, facts.recorded);
    }
    read_unasked_definitions(root, facts);
    locate_named(root, facts);
    TRY(gather_placements(root, facts));
    gather_hook(root, state, facts);
    TRY(read_files(root, facts));
    note_unread(root, facts);
    return facts;
}

Result<> read_files(const Root& root, Facts& facts) {
    for (const Profile& profile : facts.profiles) {
        std::set<std::string> wanted;
        if (const auto files = facts.files.find(profile.name); files != facts.files.end())
            for (const WantedFile& file : files->second) wanted.insert(file.path);
        std::set<std::string> paths = wanted;
        if (const auto ledger = facts.recorded.find(profile.name); ledger != facts.recorded.end())
            for (const Entry& entry : ledger->second.entries)
                if (const auto* const file = std::get_if<FileSetting>(&entry.setting))
                    paths.insert(file->path);
        for (const std::string& path : paths) {
            auto now = read_owned_file(root, path);
            if (now)
                facts.files_now[path] = std::move(*now);
            else if (now.error().trouble == Trouble::denied)
                facts.gathered.push_back(make_finding(profile.name, "needs-root-to-know", path,
                                                      "only root can read " + path));
            else if (wanted.contains(path))
                return std::unexpected(now.error());
        }
    }
    return {};
}

Result<Facts> gather_for_way_back(const Root& root, const std::vector<Change>& changes,
                                  Recorded recorded, GuestHosts& guests) {
    Facts facts;
    facts.recorded = std::move(recorded);
    Scope scope;
    scope.subjects = [&](const std::vector<Place>&) {
        std::vector<PciAddress> subjects;
        for (const Change& change : changes)
            if (const auto* const setting = std::get_if<BindingSetting>(&change.setting))
                subjects.push_back(setting->address);
        return subjects;
    };
    facts.host = TRY(read_host(root, scope));
    facts.holders = read_holders(root, groups_on_vfio(facts.host));
    for (const std::string& uri : uris_of(changes)) {
        // One that does not answer is no reason to leave the bindings: its settings are stuck.
        auto domains = guests.domains(uri);
        if (domains) std::ranges::move(*domains, std::back_inserter(facts.guests.domains));
    }
    return facts;
}

Result<Recorded> recorded_for_reading(const Root& root, const std::string& state,
                                      std::vector<Finding>& notes) {
    // The ledger of this host says nothing about another one.
    if (!root.is_live()) return Recorded{};
    auto recorded = read_ledgers(state);
    if (!recorded && recorded.error().trouble == Trouble::denied) {
        notes.push_back(make_finding("", "needs-root-to-know", "ledger",
                                     "only root can see what ctrlpass has applied so far"));
        return Recorded{};
    }
    return recorded;
}

}  // namespace ctrlpass
