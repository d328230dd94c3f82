// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/judge.hpp"

#include <algorithm>

#include "src/profile_text.hpp"
#include "src/text.hpp"
#include "vfio/driver_names.hpp"

namespace ctrlpass {

namespace {

std::string joined(const std::vector<std::string>& parts) {
    std::string text;
    for (const std::string& part : parts) text += (text.empty() ? "" : ", ") + part;
    return text;
}

bool keeps_group_busy(const Function& function) {
    return function.driver && !manages_its_dma(*function.driver);
}

std::string member_lines(const std::vector<const Function*>& members) {
    std::string text = "Take them along: below the [[controller]] of the profile, add";
    for (const Function* const member : members) {
        text += "\n    [[controller.member]]\n" + pins_text(*member, "    ");
        text.pop_back();
    }
    return text;
}

void judge_group(const Case& facts, const Function& function, std::vector<Finding>& findings) {
    const std::string address = to_string(function.place.address);
    const Group* const group = function.group ? facts.host.group(*function.group) : nullptr;
    if (group == nullptr) {
        if (facts.host.iommu.state == Iommu::State::on)
            findings.push_back(make_finding(facts.profile, "group-not-viable", address,
                                            address + " is in no IOMMU group",
                                            "The IOMMU does not cover this function."));
        return;
    }
    std::vector<const Function*> busy;
    for (const PciAddress& other : group->functions) {
        const Function* const member = facts.host.function(other);
        if (member != nullptr && !facts.taken.contains(other) && keeps_group_busy(*member))
            busy.push_back(member);
    }
    if (busy.empty()) return;
    std::vector<std::string> names;
    bool bridge = false;
    for (const Function* const member : busy) {
        names.push_back(to_string(member->place.address) + " (" + to_string(member->id) + ", " +
                        *member->driver + ")");
        bridge = bridge || is_bridge(member->place.class_code);
    }
    findings.push_back(
        make_finding(facts.profile, "group-not-viable", address,
                     "IOMMU group " + std::to_string(*function.group) + " of " + address +
                         " also has " + joined(names) + " with host drivers",
                     bridge ? "A bridge cannot be taken along: move the card to another slot."
                            : member_lines(busy)));
}

void judge_companions(const Case& facts, const Function& function, std::vector<Finding>& findings) {
    const Controller* const controller = facts.host.controller(function.place.address);
    if (controller == nullptr) return;
    std::vector<std::string> left;
    for (const PciAddress& companion : controller->companions)
        if (!facts.taken.contains(companion)) left.push_back(to_string(companion));
    if (left.empty()) return;
    const std::string address = to_string(function.place.address);
    findings.push_back(make_finding(
        facts.profile, "companion-left", address,
        joined(left) + (left.size() == 1 ? " serves" : " serve") + " the same ports as " + address +
            " and would stay with the host, whose USB driver can crash the kernel when it meets it",
        "Name each of them in a [[controller]] of its own, or accept it."));
}

struct DiskFinding {
    std::string_view code;
    std::string message;
    std::string hint;
};

DiskFinding of_use(const DiskUse& use) {
    const std::string node = printable(use.node);
    const std::string where = printable(use.where);
    switch (use.kind) {
        case DiskUse::Kind::swap:
            return {"swap-disk", node + " is swapped to",
                    "Switch it off first:\n    swapoff " + node};
        case DiskUse::Kind::holder:
            return {"disk-in-use", node + " is held by " + where,
                    "Stop what is built on it first; see:\n    lsblk -s /dev/" +
                        where.substr(where.rfind('/') + 1)};
        case DiskUse::Kind::mount:
            break;
    }
    const bool root = where == "/" || where == "/boot" || where == "/boot/efi" || where == "/efi";
    if (root) return {"root-disk", node + " is mounted on " + where, {}};
    return {"mounted-disk", node + " mounted on " + where,
            "Unmount it first:\n    umount " + where};
}

void judge_disks(const Case& facts, const Place& place, std::vector<Finding>& findings) {
    for (const Attached& attached : facts.host.attached) {
        if (!is_below(attached.sysfs, place)) continue;
        for (const DiskUse& use : attached.carried.uses) {
            auto [code, message, hint] = of_use(use);
            findings.push_back(make_finding(facts.profile, code, to_string(place.address),
                                            std::move(message), std::move(hint)));
        }
    }
}

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

void judge_ids_option(const Case& facts, const Function& function, std::vector<Finding>& findings) {
    for (const auto& [place, ids] : facts.host.vfio_ids) {
        if (!names_id(ids, function.id)) continue;
        findings.push_back(
            make_finding(facts.profile, "ids-option", to_string(function.place.address),
                         printable(place) + " has vfio-pci ids=" + printable(ids) + ": every " +
                             to_string(function.id) + " goes to vfio-pci, twins too"));
    }
}

bool hangs_below(const Attached& attached, const Host& host, const PciAddress& address) {
    const Place* const place = host.place(address);
    return place != nullptr && is_below(attached.sysfs, *place);
}

/// The last keyboard (or pointer), told with its name; nothing while one is left.
void judge_input(const Case& facts, const std::vector<PciAddress>& leaving, bool Carried::*is_such,
                 std::string_view code, std::string_view word, std::vector<Finding>& findings) {
    std::string carrier;
    std::vector<std::string> lost;
    for (const Attached& attached : facts.host.attached) {
        if (!(attached.carried.*is_such)) continue;
        const auto below = [&](const PciAddress& address) {
            return hangs_below(attached, facts.host, address);
        };
        const auto going = std::ranges::find_if(leaving, below);
        if (going == leaving.end()) {
            if (std::ranges::none_of(facts.taken, below)) return;  // this one stays
            continue;
        }
        if (carrier.empty()) carrier = to_string(*going);
        lost.push_back(printable(attached.carried.detail));
    }
    if (lost.empty()) return;
    findings.push_back(make_finding(
        facts.profile, code, carrier,
        "no " + std::string(word) + " would be left to the host (" + joined(lost) + ")"));
}

}  // namespace

std::vector<Finding> judge_platform(const Case& facts, const PciAddress& subject) {
    std::vector<Finding> findings;
    const auto find = [&](std::string_view code, std::string message, std::string hint) {
        findings.push_back(make_finding(facts.profile, code, to_string(subject), std::move(message),
                                        std::move(hint)));
    };
    switch (facts.host.iommu.state) {
        case Iommu::State::on:
            if (facts.host.iommu.interrupt_remapping == false)
                find("no-interrupt-remapping", "the IOMMU does not remap interrupts", {});
            break;
        case Iommu::State::off_in_firmware:
            find("iommu-off", "the IOMMU is off in the firmware",
                 "Turn on VT-d or AMD-Vi (\"IOMMU\", \"SVM\") in the firmware's setup.");
            break;
        case Iommu::State::off_on_command_line:
            find("iommu-off", "the IOMMU is off on the kernel command line",
                 "In /etc/default/grub, let GRUB_CMDLINE_LINUX have intel_iommu=on (Intel) and no\n"
                 "iommu=off or amd_iommu=off, then:\n    update-grub && reboot");
            break;
        case Iommu::State::absent:
            find("iommu-off", "this machine has no IOMMU", "VFIO cannot work here.");
            break;
    }
    return findings;
}

std::vector<Finding> judge_holders(const Case& facts, const Function& function) {
    std::vector<Finding> findings;
    for (const Holder& holder : facts.holders.holders) {
        if (holder.group != function.group) continue;
        const std::string process =
            printable(holder.process) + " (pid " + std::to_string(holder.pid) + ")";
        const std::string guest = printable(holder.guest);
        findings.push_back(
            guest.empty()
                ? make_finding(facts.profile, "held-by-process", to_string(function.place.address),
                               process + " has " + holder.node + " open")
                : make_finding(facts.profile, "held-by-guest", to_string(function.place.address),
                               "guest " + guest + " holds its IOMMU group: " + process + " has " +
                                   holder.node + " open",
                               "Shut the guest down first:\n    virsh shutdown " + guest));
    }
    return findings;
}

std::vector<Finding> judge_function(const Case& facts, const Function& function,
                                    bool as_controller) {
    std::vector<Finding> findings;
    const std::string address = to_string(function.place.address);
    if (is_bridge(function.place.class_code)) {
        const bool usb4 = (function.place.class_code >> 16) == 0x0c;
        findings.push_back(make_finding(facts.profile, "host-bridge", address,
                                        address +
                                            (usb4 ? " is a USB4 host interface" : " is a bridge") +
                                            ": it stays with the host"));
        return findings;
    }
    if (as_controller && !is_usb_controller(function.place.class_code))
        findings.push_back(
            make_finding(facts.profile, "not-usb", address,
                         address + " is no USB controller (" + to_string(function.id) + ")"));
    if (function.virtual_functions > 0)
        findings.push_back(make_finding(
            facts.profile, "has-vfs", address,
            address + " has " + std::to_string(function.virtual_functions) + " virtual functions",
            "Take them away first:\n    echo 0 > /sys/bus/pci/devices/" + address +
                "/sriov_numvfs"));
    judge_group(facts, function, findings);
    std::ranges::move(judge_holders(facts, function), std::back_inserter(findings));
    judge_companions(facts, function, findings);
    judge_disks(facts, function.place, findings);
    judge_ids_option(facts, function, findings);
    return findings;
}

std::vector<Finding> judge_inputs(const Case& facts, const std::vector<PciAddress>& leaving) {
    std::vector<Finding> findings;
    judge_input(facts, leaving, &Carried::keyboard, "last-keyboard", "keyboard", findings);
    judge_input(facts, leaving, &Carried::pointer, "last-pointer", "pointer", findings);
    return findings;
}

Verdict verdict_of(const Host& host, const Holders& holders, const Controller& controller) {
    const std::set<PciAddress> taken{controller.address};
    const Case facts{host, holders, taken, ""};
    Verdict verdict;
    verdict.findings = judge_platform(facts, controller.address);
    if (const Function* const function = host.function(controller.address))
        std::ranges::move(judge_function(facts, *function, true),
                          std::back_inserter(verdict.findings));
    std::ranges::move(judge_inputs(facts, {controller.address}),
                      std::back_inserter(verdict.findings));
    const auto has = [&](Severity severity) {
        return std::ranges::find(verdict.findings, severity, &Finding::severity) !=
               verdict.findings.end();
    };
    if (has(Severity::refuse))
        verdict.kind = Verdict::no;
    else
        verdict.kind = has(Severity::consent) ? Verdict::cost : Verdict::free;
    return verdict;
}

}  // namespace ctrlpass
