// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/findings/judge_group.hpp"

#include <algorithm>

#include "src/profile/profile_text.hpp"
#include "src/render/text.hpp"
#include "vfio/driver_names.hpp"

namespace ctrlpass {

namespace {

bool keeps_group_busy(const Function& function) {
    return function.driver && !manages_its_dma(*function.driver);
}

/// A USB 1 or 2 controller of the same slot serves the same ports: the guest needs it as well.
std::string header_for(const Case& facts, const Function& function, const Function& member) {
    const Controller* const controller = facts.host.controller(function.place.address);
    const bool companion = controller != nullptr && is_usb_controller(member.place.class_code) &&
                           std::ranges::find(controller->companions, member.place.address) !=
                               controller->companions.end();
    return companion ? "[[controller]]" : "[[controller.member]]";
}

std::string member_lines(const Case& facts, const Function& function,
                         const std::vector<const Function*>& members) {
    std::string text = "Take them along: below the [[controller]] of the profile, add";
    for (const Function* const member : members) {
        text += "\n    " + header_for(facts, function, *member) + "\n" + pins_text(*member, "    ");
        text.pop_back();
    }
    return text;
}

}  // namespace

std::vector<Finding> judge_group(const Case& facts, const Function& function) {
    std::vector<Finding> findings;
    const std::string address = to_string(function.place.address);
    const Group* const group = function.group ? facts.host.group(*function.group) : nullptr;
    if (group == nullptr) {
        if (facts.host.iommu.state == Iommu::State::on)
            findings.push_back(make_finding(facts.profile, "group-not-viable", address,
                                            address + " is in no IOMMU group",
                                            "The IOMMU does not cover this function."));
        return findings;
    }
    if (std::ranges::find(group->functions, function.place.address) == group->functions.end()) {
        findings.push_back(make_finding(
            facts.profile, "group-not-viable", address,
            "the members of IOMMU group " + std::to_string(*function.group) + " cannot be read"));
        return findings;
    }
    std::vector<const Function*> busy;
    for (const PciAddress& other : group->functions) {
        const Function* const member = facts.host.function(other);
        if (member != nullptr && !facts.taken.contains(other) && keeps_group_busy(*member))
            busy.push_back(member);
    }
    if (busy.empty()) return findings;
    std::vector<std::string> names;
    bool bridge = false;
    for (const Function* const member : busy) {
        names.push_back(to_string(member->place.address) + " (" + to_string(member->id) + ", " +
                        printable(*member->driver) + ")");
        bridge = bridge || is_bridge(member->place.class_code);
    }
    findings.push_back(make_finding(
        facts.profile, "group-not-viable", address,
        "IOMMU group " + std::to_string(*function.group) + " of " + address + " also has " +
            joined(names) + " with host drivers",
        bridge ? "What stays with the host cannot be taken along: move the card to another slot."
               : member_lines(facts, function, busy)));
    return findings;
}

std::vector<Finding> judge_companions(const Case& facts, const Function& function) {
    const Controller* const controller = facts.host.controller(function.place.address);
    if (controller == nullptr) return {};
    std::vector<std::string> left;
    for (const PciAddress& companion : controller->companions)
        if (!facts.taken.contains(companion)) left.push_back(to_string(companion));
    if (left.empty()) return {};
    const std::string address = to_string(function.place.address);
    return {make_finding(
        facts.profile, "companion-left", address,
        joined(left) + (left.size() == 1 ? " serves" : " serve") + " the same ports as " + address +
            " and would stay with the host, whose USB driver can crash the kernel when it meets it",
        "Name each of them in a [[controller]] of its own, or accept it.")};
}

}  // namespace ctrlpass
