// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/findings/judge_links.hpp"

#include <algorithm>
#include <set>

#include "iommu/lines.hpp"
#include "iommu/network.hpp"
#include "src/render/text.hpp"

namespace ctrlpass {

namespace {

/// The links that the ssh connection of the caller goes over.
std::vector<std::string> links_of_ssh(const Case& facts) {
    const auto words = fields_of(facts.ssh_connection);  // "REMOTE PORT LOCAL PORT", ssh(1)
    if (words.size() < 4) return {};
    return links_of_connection(facts.host.network, words[2], words[0]);
}

/// A link by which something could be reached too, and that stays with the host.
bool stays(const Case& facts, const std::string& link) {
    return std::ranges::none_of(facts.host.attached, [&](const Attached& attached) {
        return attached.carried.kind == Carried::Kind::net && attached.carried.name == link &&
               std::ranges::any_of(facts.taken, [&](const PciAddress& address) {
                   const Place* const place = facts.host.place(address);
                   return place != nullptr && is_below(attached.sysfs, *place);
               });
    });
}

/// The host runs over the link, and over no other instead.
std::vector<Finding> judge_root_over(const Case& facts, const Place& place, const Carried& link) {
    std::vector<Finding> findings;
    for (const LinkUse& use : link.link_uses) {
        const auto other = [&](const std::string& name) { return stays(facts, name); };
        if (!use.of_system || std::ranges::any_of(use.other_links, other)) continue;
        findings.push_back(
            make_finding(facts.profile, "root-disk", to_string(place.address),
                         printable(use.what) + " comes over network link " + printable(link.name) +
                             ", and no other link leads there: the host stops when it goes"));
    }
    return findings;
}

std::vector<Finding> judge_link(const Case& facts, const Place& place, const Carried& link) {
    std::set<std::string> built{link.name};
    std::vector<std::string> uses;
    for (const LinkUse& use : link.link_uses) {
        built.insert(use.link);
        uses.push_back(printable(to_string(use, link.name)));
    }
    const auto is_ours = [&](const std::string& name) { return built.contains(name); };
    const bool ssh = std::ranges::any_of(links_of_ssh(facts), is_ours);
    if (ssh) uses.emplace_back("the ssh session that ctrlpass runs in");
    if (uses.empty()) return {};
    auto findings = judge_root_over(facts, place, link);
    findings.push_back(
        make_finding(facts.profile, "network-link", to_string(place.address),
                     "network link " + printable(link.name) + " is in use: " + joined(uses),
                     ssh ? "Use another way in, such as the console: this session ends with "
                           "the link.\nOr accept it."
                         : std::string()));
    return findings;
}

std::vector<Finding> judge_adapter(const Case& facts, const Place& place, const Carried& adapter) {
    std::string message = "Bluetooth adapter " + printable(adapter.name);
    if (!adapter.detail.empty()) message += ": " + printable(adapter.detail);
    return {make_finding(facts.profile, "bluetooth", to_string(place.address), message)};
}

}  // namespace

std::vector<Finding> judge_links(const Case& facts, const Place& place) {
    std::vector<Finding> findings;
    for (const Attached& attached : facts.host.attached) {
        if (!is_below(attached.sysfs, place)) continue;
        const Carried& carried = attached.carried;
        std::vector<Finding> more;
        if (carried.kind == Carried::Kind::net) more = judge_link(facts, place, carried);
        if (carried.role == Carried::Role::bluetooth) more = judge_adapter(facts, place, carried);
        std::ranges::move(more, std::back_inserter(findings));
    }
    return findings;
}

}  // namespace ctrlpass
