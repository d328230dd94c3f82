// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/findings/judge_inputs.hpp"

#include <algorithm>
#include <string_view>

#include "src/findings/fate.hpp"
#include "src/findings/ids_option.hpp"
#include "src/render/text.hpp"

namespace ctrlpass {

namespace {

/// What is asked for: how it is called, what counts as one, and what has its keys or axes.
struct Wanted {
    const char* name;
    bool Carried::*counts;
    bool InputFacts::*is_able;
};
constexpr Wanted keyboard{"keyboard", &Carried::keyboard, &InputFacts::has_keys};
constexpr Wanted pointer{"pointer", &Carried::pointer, &InputFacts::has_axes};

using Inputs = std::vector<const Attached*>;

/// The keyboards (or pointers) of the host, told by what becomes of them.
struct Sorted {
    Inputs lost;
    Inputs left;
    Inputs not_counted;                 ///< they stay as well
    std::optional<PciAddress> carrier;  ///< of the first that is lost
};

Sorted sorted(const Case& facts, const std::vector<PciAddress>& leaving, const Wanted& wanted) {
    Sorted inputs;
    for (const Attached* const input : inputs_with(facts.host, wanted.counts)) {
        const Fate fate = fate_of(facts, leaving, *input);
        if (fate.stays) inputs.left.push_back(input);
        if (!fate.carrier) continue;
        inputs.lost.push_back(input);
        if (!inputs.carrier) inputs.carrier = fate.carrier;
    }
    const Inputs able = inputs_with(facts.host, wanted.is_able);
    const Inputs counted = inputs_with(facts.host, wanted.counts);
    for (const Attached* const input : able) {
        const auto same = [&](const Attached* other) {
            return other == input || (!input->carried.input.device.empty() &&
                                      other->carried.input.device == input->carried.input.device);
        };
        if (std::ranges::none_of(counted, same) && fate_of(facts, leaving, *input).stays)
            inputs.not_counted.push_back(input);
    }
    return inputs;
}

std::string names_of(const Inputs& inputs) {
    std::vector<std::string> names;
    for (const Attached* const input : inputs) names.push_back(label_of(input->carried));
    return joined(names);
}

/// Each with the reason why it counts or does not.
std::string reasons_of(const Inputs& inputs) {
    std::vector<std::string> texts;
    for (const Attached* const input : inputs) {
        const std::string& reason = input->carried.input.reason;
        texts.push_back(label_of(input->carried) + (reason.empty() ? "" : " (" + reason + ")"));
    }
    return joined(texts);
}

std::string not_counted(const Sorted& inputs) {
    return inputs.not_counted.empty() ? "" : "; not counted: " + reasons_of(inputs.not_counted);
}

/// What stays in their place, and why it counts.
void judge_left(const Case& facts, const Sorted& inputs, const Wanted& wanted,
                std::vector<Finding>& findings) {
    const bool doubtful = std::ranges::all_of(
        inputs.left, [](const Attached* input) { return input->carried.input.doubtful; });
    const std::string name = wanted.name;
    if (doubtful)
        findings.push_back(make_finding(
            facts.profile, "unproven-input", to_string(*inputs.carrier),
            "it is not certain that a " + name +
                " would be left to the host: " + reasons_of(inputs.left) + not_counted(inputs)));
    else if (&wanted == &keyboard)
        findings.push_back(make_finding(
            facts.profile, "keyboard-left", to_string(*inputs.carrier),
            "a keyboard leaves, and these stay: " + reasons_of(inputs.left) + not_counted(inputs)));
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
    const Sorted keyboards = sorted(facts, leaving, keyboard);
    if (keyboards.lost.empty()) return;
    std::string message;
    if (keyboards.left.empty())
        message = "no keyboard would be left to the host (" + names_of(keyboards.lost) + ")" +
                  not_counted(keyboards);
    else if (asks_passphrase(facts.host) && std::ranges::all_of(keyboards.left, is_bluetooth) &&
             !std::ranges::all_of(keyboards.lost, is_bluetooth))
        message = "only Bluetooth would be left to the host (" + names_of(keyboards.left) +
                  "), on which nobody can type the disk's passphrase; " + names_of(keyboards.lost) +
                  " leaves";
    else
        return judge_left(facts, keyboards, keyboard, findings);
    findings.push_back(make_finding(facts.profile, "last-keyboard", to_string(*keyboards.carrier),
                                    message + at_the_prompt(facts, keyboards)));
}

void judge_pointers(const Case& facts, const std::vector<PciAddress>& leaving,
                    std::vector<Finding>& findings) {
    const Sorted pointers = sorted(facts, leaving, pointer);
    if (pointers.lost.empty()) return;
    if (!pointers.left.empty()) return judge_left(facts, pointers, pointer, findings);
    findings.push_back(make_finding(facts.profile, "last-pointer", to_string(*pointers.carrier),
                                    "no pointer would be left to the host (" +
                                        names_of(pointers.lost) + ")" + not_counted(pointers)));
}

}  // namespace

std::vector<Finding> judge_inputs(const Case& facts, const std::vector<PciAddress>& leaving) {
    std::vector<Finding> findings;
    judge_keyboards(facts, leaving, findings);
    judge_pointers(facts, leaving, findings);
    return findings;
}

}  // namespace ctrlpass
