// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/findings/judge_inputs.hpp"

#include <algorithm>
#include <string_view>

#include "src/render/text.hpp"

namespace ctrlpass {

namespace {

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

std::vector<Finding> judge_inputs(const Case& facts, const std::vector<PciAddress>& leaving) {
    std::vector<Finding> findings;
    judge_input(facts, leaving, &Carried::keyboard, "last-keyboard", "keyboard", findings);
    judge_input(facts, leaving, &Carried::pointer, "last-pointer", "pointer", findings);
    return findings;
}

}  // namespace ctrlpass
