// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/findings/judge_override.hpp"

#include "src/render/text.hpp"

namespace ctrlpass {

namespace {

/// "driverctl (/etc/driverctl.d/pci-0000:0a:00.3)".
std::string shown(const Overrider& who) {
    const bool driverctl = who.tool == Overrider::Tool::driverctl;
    return driverctl ? "driverctl (" + printable(who.place) + ")"
                     : "the udev rule " + printable(who.place);
}

std::string way_to_take_away(const Overrider& who, const std::string& address, bool is_set) {
    if (who.tool == Overrider::Tool::driverctl)
        return "Take it away:\n    driverctl unset-override " + address + "\n";
    const auto colon = who.place.rfind(':');
    return "Take line " + who.place.substr(colon + 1) + " out of " +
           printable(who.place.substr(0, colon)) +
           (is_set ? " and clear it:\n    echo > /sys/bus/pci/devices/" + address +
                         "/driver_override\n"
                   : ",\n");
}

std::string hint_of(const std::vector<const Overrider*>& culprits, const std::string& address,
                    bool is_set) {
    if (culprits.empty())
        return "See who did (driverctl list-overrides, /etc/udev/rules.d), or accept it; rollback "
               "puts it back.";
    std::string text;
    std::string names;
    for (const Overrider* const who : culprits) {
        text += way_to_take_away(*who, address, is_set);
        names += (names.empty() ? "" : " and ") +
                 std::string(who->tool == Overrider::Tool::driverctl ? "driverctl" : "the rule");
    }
    return text + "or accept it: rollback puts it back, and " + names +
           " will set it again at the " + "next boot.";
}

}  // namespace

std::vector<Finding> judge_override(const Case& facts, const PciAddress& address,
                                    const Binding& before, bool ours) {
    const Fitness* const fitness = facts.host.fitness_of(address);
    const std::string text = to_string(address);
    std::vector<const Overrider*> now;
    std::vector<const Overrider*> later;
    if (fitness != nullptr) {
        for (const Overrider& who : fitness->overriders) {
            const bool fits = who.driver.empty() || who.driver == before.override_name;
            if (before.override_name && !ours && fits)
                now.push_back(&who);
            else if (!who.driver.empty() && who.driver != "vfio-pci")
                later.push_back(&who);
        }
    }
    std::vector<Finding> findings;
    const auto find = [&](std::string message, std::string hint) {
        findings.push_back(make_finding(facts.profile, "override-foreign", text, std::move(message),
                                        std::move(hint)));
    };
    if (before.override_name && !ours) {
        std::vector<std::string> names;
        for (const Overrider* const who : now) names.push_back(shown(*who));
        find("driver_override of " + text + " is '" + printable(*before.override_name) + "'" +
                 (names.empty() ? ", and ctrlpass did not set it" : ", set by " + joined(names)),
             hint_of(now, text, true));
    }
    for (const Overrider* const who : later)
        find(shown(*who) + " sets the driver_override of " + text + " to '" +
                 printable(who->driver) + "' at the next boot",
             hint_of({who}, text, false));
    return findings;
}

}  // namespace ctrlpass
