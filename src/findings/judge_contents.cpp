// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/findings/judge_contents.hpp"

#include <algorithm>

#include "src/findings/usb_owner.hpp"
#include "src/guests/proxmox_files.hpp"
#include "src/render/text.hpp"

namespace ctrlpass {

namespace {

/// Things of one domain, for one sentence.
struct Missed {
    std::vector<std::string> things;
    std::string consequence;
};

/// "Logitech Receiver, USB device 046d:c52b (<hostdev type='usb'>)".
std::string thing_text(const Named& named, const std::string& sysfs, const Controller* controller) {
    const UsbDevice* const owner =
        controller == nullptr ? nullptr : usb_owner(sysfs, controller->devices);
    const bool says_more = owner != nullptr && !owner->product.empty();
    return (says_more ? usb_name(*owner) + ", " : "") + printable(named.what) + " (" +
           printable(named.how) + ")";
}

std::string consequence_of(const Named& named, const std::string& name) {
    if (named.live) return "the running " + name + " loses it";
    return name + (named.optional ? " starts without it" : " does not start without it");
}

void add(std::vector<Missed>& all, std::string thing, std::string consequence) {
    auto same = std::ranges::find(all, consequence, &Missed::consequence);
    if (same == all.end()) {
        all.push_back({{}, std::move(consequence)});
        same = all.end() - 1;
    }
    if (std::ranges::find(same->things, thing) == same->things.end())
        same->things.push_back(std::move(thing));
}

void judge_definition(const Facts& facts, const Profile& profile, const Place& place,
                      const Domain& domain, std::vector<Finding>& findings) {
    const std::string name = printable(domain.ref.name);
    const std::string address = to_string(place.address);
    std::vector<Missed> missed;
    for (const Named& named : domain.named) {
        const auto below = std::ranges::find_if(
            named.sysfs, [&](const std::string& sysfs) { return is_below(sysfs, place); });
        if (below == named.sysfs.end()) continue;
        // Of several that fit, libvirt and QEMU take one.
        const bool another = std::holds_alternative<UsbMatch>(named.target) &&
                             std::ranges::any_of(named.sysfs, [&](const std::string& sysfs) {
                                 return !is_below(sysfs, place);
                             });
        add(missed, thing_text(named, *below, facts.host.controller(place.address)),
            another
                ? "another device that fits stays with the host, and " + name + " may take that one"
                : consequence_of(named, name));
    }
    for (const Missed& some : missed)
        findings.push_back(make_finding(
            profile.name, "used-by-domain", address,
            "the definition of " + name + " (" + printable(domain.ref.uri) +
                ") names what hangs on " + address + ": " + joined(some.things) + ": " +
                some.consequence,
            "Take it out of the definition, or accept it; rollback gives it back to the host:\n"
            "    " +
                edit_command(domain.ref)));
}

}  // namespace

std::vector<Finding> judge_contents(const Facts& facts, const Profile& profile,
                                    const PciAddress& address) {
    std::vector<Finding> findings;
    const Place* const place = facts.host.place(address);
    if (place == nullptr) return findings;
    for (const auto* const domains : {&facts.guests.domains, &facts.definitions})
        for (const Domain& domain : *domains)
            judge_definition(facts, profile, *place, domain, findings);
    return findings;
}

}  // namespace ctrlpass
