// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/findings/judge.hpp"

#include <algorithm>

#include "src/findings/ids_option.hpp"
#include "src/findings/judge_disks.hpp"
#include "src/findings/judge_fitness.hpp"
#include "src/findings/judge_foreign.hpp"
#include "src/findings/judge_group.hpp"
#include "src/findings/judge_inputs.hpp"
#include "src/findings/judge_links.hpp"
#include "src/findings/judge_override.hpp"
#include "src/findings/judge_peripherals.hpp"
#include "src/findings/judge_programs.hpp"
#include "src/findings/judge_ways_in.hpp"
#include "src/render/text.hpp"
#include "vfio/driver_names.hpp"

namespace ctrlpass {

namespace {

void add(std::vector<Finding>& findings, std::vector<Finding> more) {
    std::ranges::move(more, std::back_inserter(findings));
}

}  // namespace

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
                               "Shut the guest down first:\n    virsh shutdown " +
                                   shell_word(holder.guest)));
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
    if (function.stuck)
        findings.push_back(
            make_finding(facts.profile, "stuck-function", address,
                         "the kernel does not answer about " + address + ": a write to it hangs"));
    if (as_controller && !is_usb_controller(function.place.class_code))
        findings.push_back(make_finding(
            facts.profile, "not-usb", address,
            address + " is no USB controller (" + to_string(function.id) + ")" +
                (function.place.class_code == unknown_class ? ": no class can be read of it"
                                                            : "")));
    if (function.virtual_functions > 0)
        findings.push_back(make_finding(
            facts.profile, "has-vfs", address,
            address + " has " + std::to_string(function.virtual_functions) + " virtual functions",
            "Take them away first:\n    echo 0 > /sys/bus/pci/devices/" + address +
                "/sriov_numvfs"));
    add(findings, judge_group(facts, function));
    add(findings, judge_holders(facts, function));
    add(findings, judge_companions(facts, function));
    add(findings, judge_disks(facts, function.place));
    add(findings, judge_links(facts, function.place));
    add(findings, judge_programs(facts, function.place));
    add(findings, judge_peripherals(facts, function.place));
    add(findings, judge_ids_option(facts, function));
    return findings;
}

Verdict verdict_of(const Host& host, const Holders& holders, const Controller& controller,
                   const std::string& ssh_connection) {
    // Its companions would go with it: they serve the same ports.
    std::vector<PciAddress> leaving = controller.companions;
    leaving.insert(leaving.begin(), controller.address);
    const std::set<PciAddress> taken(leaving.begin(), leaving.end());
    const Case facts{host, holders, taken, "", ssh_connection};
    Verdict verdict;
    verdict.findings = judge_platform(facts, controller.address);
    for (const PciAddress& address : leaving) {
        const Function* const function = host.function(address);
        if (function == nullptr) continue;
        add(verdict.findings, judge_function(facts, *function, true));
        add(verdict.findings, judge_fitness(facts, *function));
        // What is on a VFIO driver already is not taken from anybody.
        if (function->driver && is_vfio_driver(*function->driver)) continue;
        const Binding now{function->driver, function->override_name};
        add(verdict.findings, judge_override(facts, address, now, false));
        add(verdict.findings, judge_foreign(facts, address));
    }
    add(verdict.findings, judge_inputs(facts, leaving));
    add(verdict.findings, judge_ways_in(facts, leaving));
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
