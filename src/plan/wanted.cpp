// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/plan/wanted.hpp"

#include <algorithm>

#include "src/guests/domain_xml.hpp"
#include "src/plan/wanted_pins.hpp"

namespace ctrlpass {

namespace {

const Binding given_away{"vfio-pci", "vfio-pci"};

const Domain* domain_of(const Facts& facts, const Profile& profile) {
    if (!profile.vm) return nullptr;
    const Domain* const domain = facts.guests.by_name(profile.vm->uri, profile.vm->name);
    return domain != nullptr && domain->persistent ? domain : nullptr;
}

/// A hostdev made by hand that already does what is wanted is left as it is.
std::string wanted_hostdev(const Domain& domain, const Subject& subject) {
    const bool managed = subject.when == When::vm_start;
    const auto there = std::ranges::find(domain.defined, subject.address, &DomainHostdev::address);
    if (there != domain.defined.end() && !there->ours && there->managed == managed)
        return there->xml;
    return hostdev_xml(subject.address, managed);
}

std::string reason(const Facts& facts, const Subject& subject) {
    if (!subject.is_member()) return "the profile gives this controller away";
    const Function* const function = facts.host.function(subject.address);
    const std::string group =
        function != nullptr && function->group ? " " + std::to_string(*function->group) : "";
    return "shares IOMMU group" + group + " with " + to_string(subject.controller);
}

/// Files that nobody could look at are left alone.
std::vector<Wanted> wanted_files(const Facts& facts, const std::string& profile) {
    std::vector<Wanted> wanted;
    const auto files = facts.files.find(profile);
    if (files == facts.files.end()) return wanted;
    for (const WantedFile& file : files->second)
        if (facts.files_now.contains(file.path))
            wanted.push_back(
                {profile, FileSetting{file.path}, FileState{file.content, 0}, file.why});
    return wanted;
}

}  // namespace

std::vector<Wanted> wanted_by(const Facts& facts, const Profile& profile,
                              const std::vector<Subject>& subjects) {
    std::vector<Wanted> bindings;
    std::vector<Wanted> hostdevs;
    const Domain* const domain = domain_of(facts, profile);
    for (const Subject& subject : subjects) {
        if (subject.profile != profile.name) continue;
        if (subject.when == When::boot)
            bindings.push_back({profile.name, BindingSetting{subject.address}, given_away,
                                reason(facts, subject)});
        if (domain != nullptr && subject.guest)
            hostdevs.push_back({profile.name, HostdevSetting{domain->ref, subject.address},
                                std::optional(wanted_hostdev(*domain, subject)),
                                "gives it to " + domain->ref.name});
    }
    std::vector<Wanted> wanted;
    if (!bindings.empty())
        wanted.push_back({profile.name, ModuleSetting{"vfio-pci"}, true, "binds the functions"});
    std::ranges::move(bindings, std::back_inserter(wanted));
    std::ranges::move(hostdevs, std::back_inserter(wanted));
    if (domain != nullptr)
        std::ranges::move(wanted_pins(facts, profile.name, domain->ref),
                          std::back_inserter(wanted));
    std::ranges::move(wanted_files(facts, profile.name), std::back_inserter(wanted));
    return wanted;
}

}  // namespace ctrlpass
