// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/findings/ids_option.hpp"

#include "iommu/dynamic_ids.hpp"
#include "src/render/text.hpp"

namespace ctrlpass {

namespace {

/// The first entry of the option that the function fits.
std::optional<DynamicId> entry_for(const std::string& ids, const Function& function) {
    for (const DynamicId& id : parse_dynamic_ids(ids))
        if (matches(id, function)) return id;
    return std::nullopt;
}

}  // namespace

std::optional<std::string> ids_option_for(const Host& host, const Function& function) {
    for (const auto& [place, ids] : host.vfio_ids)
        if (entry_for(ids, function)) return place;
    return std::nullopt;
}

std::vector<Finding> judge_ids_option(const Case& facts, const Function& function) {
    std::vector<Finding> findings;
    for (const auto& [place, ids] : facts.host.vfio_ids) {
        const auto entry = entry_for(ids, function);
        if (!entry) continue;
        findings.push_back(
            make_finding(facts.profile, "ids-option", to_string(function.place.address),
                         printable(place) + " has vfio-pci ids=" + printable(ids) + ": " +
                             to_string(*entry) + " goes to vfio-pci, twins too"));
    }
    return findings;
}

}  // namespace ctrlpass
