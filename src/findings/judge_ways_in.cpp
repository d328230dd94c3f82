// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/findings/judge_ways_in.hpp"

#include <algorithm>

#include "src/findings/fate.hpp"
#include "src/render/text.hpp"

namespace ctrlpass {

namespace {

/// Ways in of one kind, by what becomes of them.
struct Ways {
    std::vector<std::string> lost;
    bool left = false;
    std::optional<PciAddress> carrier;  ///< of the first that is lost with this profile

    void add(const Fate& fate, const std::string& name) {
        left = left || fate.stays;
        if (!fate.stays) lost.push_back(name);
        if (!carrier) carrier = fate.carrier;
    }
};

std::string leave(const std::vector<std::string>& names) {
    return joined(names) + (names.size() == 1 ? " leaves" : " leave");
}

std::string of_keyboards(const Ways& keyboards) {
    return keyboards.lost.empty() ? "there is no keyboard" : leave(keyboards.lost);
}

std::string of_consoles(const Ways& consoles) {
    return consoles.lost.empty() ? "there is no serial console"
                                 : "of the serial consoles " + leave(consoles.lost);
}

std::string of_ssh(const WaysIn& ways, const Ways& links) {
    if (ways.ssh_ports.empty())
        return ways.ssh_known ? "sshd does not listen" : "whether sshd listens is not known";
    std::vector<std::string> ports;
    for (const unsigned port : ways.ssh_ports) ports.push_back(std::to_string(port));
    return "sshd listens on port " + joined(ports) + ", but " +
           (links.lost.empty() ? "no network link is up"
                               : "of the network links " + leave(links.lost));
}

}  // namespace

std::vector<Finding> judge_ways_in(const Case& facts, const std::vector<PciAddress>& leaving) {
    if (!facts.host.ways_in) return {};
    const WaysIn& ways = *facts.host.ways_in;
    Ways keyboards;
    Ways consoles;
    Ways links;
    for (const Attached* const keyboard : inputs_with(facts.host, &Carried::keyboard))
        keyboards.add(fate_of(facts, leaving, *keyboard), label_of(keyboard->carried));
    for (const Entrance& console : ways.consoles)
        consoles.add(fate_of(facts, leaving, console.sysfs), printable(console.name));
    for (const Entrance& link : ways.links)
        links.add(fate_of(facts, leaving, link.sysfs), printable(link.name));
    const bool ssh = !ways.ssh_ports.empty();
    if (keyboards.left || consoles.left || (ssh && links.left)) return {};
    auto carrier = keyboards.carrier ? keyboards.carrier : consoles.carrier;
    if (!carrier && ssh) carrier = links.carrier;
    if (!carrier) return {};  // it was so before
    return {make_finding(facts.profile, "last-way-in", to_string(*carrier),
                         "no way into the host would be left: " + of_keyboards(keyboards) + "; " +
                             of_consoles(consoles) + "; " + of_ssh(ways, links))};
}

}  // namespace ctrlpass
