// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/findings/judge_inputs.hpp"

#include <algorithm>
#include <string_view>

#include "src/findings/fate.hpp"
#include "src/findings/ids_option.hpp"
#include "src/render/text.hpp"

namespace ctrlpass {

namespace {

/// The keyboards (or pointers) of the host, told by what becomes of them.
struct Sorted {
    std::vector<const Attached*> lost;
    std::vector<const Attached*> left;
    std::optional<PciAddress> carrier;  ///< of the first that is lost
};

Sorted sorted(const Case& facts, const std::vector<PciAddress>& leaving, bool Carried::*is_such) {
    Sorted inputs;
    for (const Attached& attached : facts.host.attached) {
        if (!(attached.carried.*is_such)) continue;
        const Fate fate = fate_of(facts, leaving, attached);
        if (fate.stays) inputs.left.push_back(&attached);
        if (!fate.carrier) continue;
        inputs.lost.push_back(&attached);
        if (!inputs.carrier) inputs.carrier = fate.carrier;
    }
    return inputs;
}

std::string names_of(const std::vector<const Attached*>& inputs) {
    std::vector<std::string> names;
    for (const Attached* const input : inputs) names.push_back(label_of(input->carried));
    return joined(names);
}

bool is_bluetooth(const Attached* input) { return input->carried.bluetooth; }

bool asks_passphrase(const Host& host) { return host.ways_in && host.ways_in->asks_passphrase; }

/// What of the keyboards that leave is still there when the disk's passphrase is asked for.
/// ctrlpass binds when the root file system is there, libvirt later still.
std::string at_the_prompt(const Case& facts, const Sorted& keyboards) {
    if (!asks_passphrase(facts.host)) return {};
    if (std::ranges::all_of(keyboards.lost, is_bluetooth))
        return "; for the disk's passphrase there is none today either";
    const Function* const carrier =
        keyboards.carrier ? facts.host.function(*keyboards.carrier) : nullptr;
    const auto option = carrier != nullptr ? ids_option_for(facts.host, *carrier) : std::nullopt;
    if (!option)
        return "; the disk's passphrase can still be typed on it, since the controller is taken "
               "later in the boot";
    return "; not for the disk's passphrase either, since vfio-pci.ids (" + printable(*option) +
           ") may take " + to_string(*keyboards.carrier) + " before it is asked for";
}

void judge_keyboards(const Case& facts, const std::vector<PciAddress>& leaving,
                     std::vector<Finding>& findings) {
    const Sorted keyboards = sorted(facts, leaving, &Carried::keyboard);
    if (keyboards.lost.empty()) return;
    std::string message;
    if (keyboards.left.empty())
        message = "no keyboard would be left to the host (" + names_of(keyboards.lost) + ")";
    else if (asks_passphrase(facts.host) && std::ranges::all_of(keyboards.left, is_bluetooth) &&
             !std::ranges::all_of(keyboards.lost, is_bluetooth))
        message = "only Bluetooth would be left to the host (" + names_of(keyboards.left) +
                  "), on which nobody can type the disk's passphrase; " + names_of(keyboards.lost) +
                  " leaves";
    else
        return;
    findings.push_back(make_finding(facts.profile, "last-keyboard", to_string(*keyboards.carrier),
                                    message + at_the_prompt(facts, keyboards)));
}

void judge_pointers(const Case& facts, const std::vector<PciAddress>& leaving,
                    std::vector<Finding>& findings) {
    const Sorted pointers = sorted(facts, leaving, &Carried::pointer);
    if (pointers.lost.empty() || !pointers.left.empty()) return;
    findings.push_back(
        make_finding(facts.profile, "last-pointer", to_string(*pointers.carrier),
                     "no pointer would be left to the host (" + names_of(pointers.lost) + ")"));
}

}  // namespace

std::vector<Finding> judge_inputs(const Case& facts, const std::vector<PciAddress>& leaving) {
    std::vector<Finding> findings;
    judge_keyboards(facts, leaving, findings);
    judge_pointers(facts, leaving, findings);
    return findings;
}

}  // namespace ctrlpass
