// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/findings/judge_foreign.hpp"

#include <algorithm>

#include "src/render/text.hpp"

namespace ctrlpass {

namespace {

std::string when_text(ForeignRule::When when) {
    switch (when) {
        case ForeignRule::When::initramfs:
            return "in the initramfs";
        case ForeignRule::When::seen:
            return "whenever udev sees it";
        case ForeignRule::When::boot:
            return "at boot";
        case ForeignRule::When::module:
            return "when the module is loaded";
        case ForeignRule::When::guest:
            return "when a guest starts or ends";
        case ForeignRule::When::sleep:
            return "when the machine sleeps or wakes";
    }
    return "";
}

bool has_verb(const ForeignRule& rule, std::string_view verb) {
    return std::ranges::find(rule.verbs, verb) != rule.verbs.end();
}

std::string after_boot(const ForeignRule& rule) {
    const bool each_boot = rule.when != ForeignRule::When::guest &&
                           rule.when != ForeignRule::When::sleep && !rule.verbs.empty();
    return each_boot ? "; at every boot, and after ctrlpass rollback too" : "";
}

bool is_told_as_override(const Fitness& fitness, const ForeignRule& rule) {
    return std::ranges::any_of(fitness.overriders, [&](const Overrider& who) {
        return who.place == rule.place && !who.driver.empty() && who.driver != "vfio-pci";
    });
}

}  // namespace

std::string foreign_text(const ForeignRule& rule, const Function& function) {
    const std::string address = to_string(function.place.address);
    const std::string subject =
        rule.by_id ? "every " + to_string(function.id) + ", " + address + " among them," : address;
    const std::string place = printable(rule.place);
    const std::string script = printable(rule.script);
    if (!rule.names_it && !rule.place.starts_with(rule.script + ":"))
        return place + " runs a script that was not understood: " + script + " (" +
               when_text(rule.when) + "), so whether it binds " + address + " is not known";
    if (!rule.names_it)
        return place + " binds or unbinds functions " + when_text(rule.when) +
               ": runs a script that was not understood: " + script + ", so whether " + address +
               " is among them is not known";
    if (rule.verbs.empty())
        return place + " names " + (rule.by_id ? to_string(function.id) : address) +
               " and runs a script that was not understood: " + script + " (" +
               when_text(rule.when) + ")";
    const std::string what = joined(rule.verbs);
    const std::string does = rule.to_vfio ? " gives " + subject + " to vfio-pci (" + what + ") "
                                          : " binds or unbinds " + subject + " (" + what + ") ";
    return place + does + when_text(rule.when) + (script.empty() ? "" : ", by " + script) +
           (has_verb(rule, "new_id") && !rule.by_id
                ? "; new_id takes every " + to_string(function.id) + ", twins too"
                : "");
}

std::string foreign_remedy(const ForeignRule& rule) {
    const std::string path = rule.place.substr(0, rule.place.rfind(':'));
    const std::string edit = ":\n    sensible-editor " + shell_word(path);
    const std::string name = path.substr(path.rfind('/') + 1);
    switch (rule.when) {
        case ForeignRule::When::seen:
            return "take the rule out of the file" + edit;
        case ForeignRule::When::initramfs:
            return "take it out of the script of the initramfs, and build that anew" + edit;
        case ForeignRule::When::module:
            return "take the line out of modprobe's configuration" + edit;
        case ForeignRule::When::guest:
            return "take the lines out of the hook" + edit;
        case ForeignRule::When::sleep:
            return "take the lines out of the script" + edit;
        case ForeignRule::When::boot:
            break;
    }
    const bool unit = path.find("/systemd/system/") != path.npos;
    if (unit && !name.ends_with(".conf"))
        return "turn the unit off:\n    systemctl disable " + shell_word(name);
    const bool table =
        name.ends_with(".conf") || name == "crontab" || path.find("/cron") != path.npos;
    return std::string("take the lines out of the ") + (table ? "file" : "script") + edit;
}

std::vector<Finding> judge_foreign(const Case& facts, const PciAddress& address) {
    std::vector<Finding> findings;
    const Fitness* const fitness = facts.host.fitness_of(address);
    const Function* const function = facts.host.function(address);
    if (fitness == nullptr || function == nullptr) return findings;
    for (const ForeignRule& rule : fitness->foreign) {
        if (is_told_as_override(*fitness, rule)) continue;
        findings.push_back(
            make_finding(facts.profile, "foreign-rule", to_string(address),
                         foreign_text(rule, *function) + after_boot(rule),
                         "Let one tool have it: see what it is for, and " + foreign_remedy(rule)));
    }
    return findings;
}

}  // namespace ctrlpass
