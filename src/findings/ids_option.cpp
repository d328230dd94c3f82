// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/findings/ids_option.hpp"

#include "src/render/text.hpp"

namespace ctrlpass {

namespace {

/// One id of `vfio-pci.ids=VVVV:DDDD[:…]`, an unset field matches anything.
bool names_id(std::string_view ids, const PciId& id) {
    constexpr std::size_t length = 9;  // "VVVV:DDDD", subsystem and class may follow
    while (!ids.empty()) {
        const auto comma = ids.find(',');
        if (parse_id(ids.substr(0, comma).substr(0, length)) == id) return true;
        ids.remove_prefix(comma == ids.npos ? ids.size() : comma + 1);
    }
    return false;
}

}  // namespace

std::optional<std::string> ids_option_for(const Host& host, const PciId& id) {
    for (const auto& [place, ids] : host.vfio_ids)
        if (names_id(ids, id)) return place;
    return std::nullopt;
}

std::vector<Finding> judge_ids_option(const Case& facts, const Function& function) {
    std::vector<Finding> findings;
    for (const auto& [place, ids] : facts.host.vfio_ids) {
        if (!names_id(ids, function.id)) continue;
        findings.push_back(
            make_finding(facts.profile, "ids-option", to_string(function.place.address),
                         printable(place) + " has vfio-pci ids=" + printable(ids) + ": every " +
                             to_string(function.id) + " goes to vfio-pci, twins too"));
    }
    return findings;
}

}  // namespace ctrlpass
