// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/findings/ids_option.hpp"

#include "iommu/ids_options.hpp"
#include "src/render/text.hpp"

namespace ctrlpass {

namespace {

/// Ids take every function of theirs, addresses one.
std::string twins(const IdsOption& option) { return key_of(option) == "ids" ? ", twins too" : ""; }

}  // namespace

std::string option_text(const IdsOption& option) {
    return printable(option.place) + " has " + option.driver + " " + key_of(option) + "=" +
           printable(option.value);
}

std::optional<std::string> ids_option_for(const Host& host, const Function& function) {
    for (const IdsOption& option : host.ids_options)
        if (!taken_by(option, function).empty()) return option.place;
    return std::nullopt;
}

std::vector<Finding> judge_ids_option(const Case& facts, const Function& function) {
    std::vector<Finding> findings;
    for (const IdsOption& option : facts.host.ids_options) {
        const std::string taken = taken_by(option, function);
        if (taken.empty()) continue;
        findings.push_back(make_finding(
            facts.profile, "ids-option", to_string(function.place.address),
            option_text(option) + ": " + taken + " goes to " + option.driver + twins(option)));
    }
    return findings;
}

}  // namespace ctrlpass
