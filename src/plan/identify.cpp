// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/plan/identify.hpp"

#include <algorithm>

namespace ctrlpass {

namespace {

std::vector<const Place*> places_of(const Pins& pins, const std::vector<Place>& places) {
    std::vector<const Place*> found;
    for (const Place& place : places) {
        const bool fits = pins.path ? place.path == *pins.path : place.address == pins.address;
        if (fits) found.push_back(&place);
    }
    return found;
}

/// "There is 1022:149c at 0000:0b:00.3 (PC00/08.1/00.3)." for every function with the pins.
std::string whereabouts(const Pins& pins, const Host& host) {
    if (!pins.id) return {};
    std::string text;
    for (const auto& [address, function] : host.functions) {
        if (!difference(pins, function).empty()) continue;
        text += (text.empty() ? "" : "\n") + to_string(*pins.id) + " is now at " +
                to_string(address) + ", path " + function.place.path + ".";
    }
    return text;
}

std::string inhabitant(const Function& function) {
    std::string text = to_string(function.id);
    if (function.driver) text += ", driver " + *function.driver;
    return text;
}

class Identification {
  public:
    Identification(const Profile& profile, const Host& host, Identified& result)
        : profile_(profile), host_(host), result_(result) {}

    void add(const ProfileController& wanted) {
        const Function* const controller = function_of(wanted.pins);
        if (controller == nullptr) return;
        auto allow = wanted.allow;
        allow.insert(allow.end(), profile_.allow.begin(), profile_.allow.end());
        const PciAddress address = controller->place.address;
        const bool guest = profile_.vm.has_value();
        const Subject subject{profile_.name, address, address, wanted.when, guest, allow};
        add(subject);
        for (const ProfileMember& member : wanted.members) add(member, subject, *controller);
    }

  private:
    /// Two entries of a profile may name the same function in two ways.
    void add(const Subject& subject) {
        const bool twice = std::ranges::any_of(result_.subjects, [&](const Subject& other) {
            return other.profile == subject.profile && other.address == subject.address;
        });
        if (twice)
            find("ambiguous-path", subject.address,
                 "two entries of the profile mean " + to_string(subject.address),
                 "Take one of them out of the profile.");
        else
            result_.subjects.push_back(subject);
    }

    void add(const ProfileMember& wanted, Subject subject, const Function& controller) {
        const Function* const member = function_of(wanted.pins);
        if (member == nullptr) return;
        if (member->group != controller.group) {
            find("identity-mismatch", member->place.address,
                 to_string(member->place.address) + " is not in the IOMMU group of " +
                     to_string(controller.place.address),
                 "Take the [[controller.member]] out of the profile.");
            return;
        }
        subject.address = member->place.address;
        subject.guest = wanted.guest;
        // libvirt binds at the guest's start only what it gives to the guest.
        if (!wanted.guest) subject.when = When::boot;
        add(subject);
    }

    const Function* function_of(const Pins& pins) {
        const auto found = places_of(pins, host_.places);
        if (found.empty()) {
            missing(pins);
            return nullptr;
        }
        if (found.size() > 1) {
            ambiguous(pins, found);
            return nullptr;
        }
        const Function* const function = host_.function(found.front()->address);
        if (function == nullptr) {  // it vanished between the two looks
            missing(pins);
            return nullptr;
        }
        return holds(pins, *function) ? function : nullptr;
    }

    void missing(const Pins& pins) {
        std::string message = "there is no function at " + shown(pins);
        if (const Function* const other = pins.address ? host_.function(*pins.address) : nullptr;
            pins.path && other != nullptr)
            message += ", " + to_string(*pins.address) + " is " + inhabitant(*other) + ", path " +
                       other->place.path;
        find("no-such-controller", pins, message, whereabouts(pins, host_));
    }

    void ambiguous(const Pins& pins, const std::vector<const Place*>& found) {
        std::string list;
        for (const Place* const place : found)
            list += (list.empty() ? "" : " and ") + to_string(place->address);
        find("ambiguous-path", pins, "path " + shown(pins) + " leads to " + list, {});
    }

    bool holds(const Pins& pins, const Function& function) {
        const PciAddress& address = function.place.address;
        if (const auto other = difference(pins, function); !other.empty()) {
            find("identity-mismatch", address,
                 to_string(address) + " is not what the profile was written for: " + other +
                     (function.driver ? " (driver " + *function.driver + ")" : ""),
                 whereabouts(pins, host_));
            return false;
        }
        if (pins.path && pins.address && *pins.address != address)
            find("moved", address,
                 *pins.path + " is now at " + to_string(address) + ", it was at " +
                     to_string(*pins.address),
                 {});
        return true;
    }

    void find(std::string_view code, const PciAddress& subject, std::string message,
              std::string hint) {
        result_.findings.push_back(make_finding(profile_.name, code, to_string(subject),
                                                std::move(message), std::move(hint)));
    }
    void find(std::string_view code, const Pins& subject, std::string message, std::string hint) {
        result_.findings.push_back(
            make_finding(profile_.name, code, shown(subject), std::move(message), std::move(hint)));
    }

    const Profile& profile_;
    const Host& host_;
    Identified& result_;
};

}  // namespace

std::vector<const Pins*> all_pins(const Profile& profile) {
    std::vector<const Pins*> pins;
    for (const ProfileController& controller : profile.controllers) {
        pins.push_back(&controller.pins);
        for (const ProfileMember& member : controller.members) pins.push_back(&member.pins);
    }
    return pins;
}

std::string shown(const Pins& pins) {
    if (pins.path) return *pins.path;
    return pins.address ? to_string(*pins.address) : "";
}

std::string difference(const Pins& pins, const Function& function) {
    std::string text;
    const auto add = [&](std::string_view pin, const std::string& is, const std::string& wanted) {
        if (!text.empty()) text += ", ";
        text += std::string(pin) + " " + is + " instead of " + wanted;
    };
    if (pins.id && *pins.id != function.id) add("id", to_string(function.id), to_string(*pins.id));
    if (pins.subsystem && pins.subsystem != function.subsystem)
        add("subsystem", function.subsystem ? to_string(*function.subsystem) : "none",
            to_string(*pins.subsystem));
    if (pins.serial && pins.serial != function.serial && !function.serial_hidden)
        add("serial", function.serial.value_or("none"), *pins.serial);
    return text;
}

std::vector<PciAddress> candidates(const std::vector<Profile>& profiles,
                                   const std::vector<Place>& places) {
    std::vector<PciAddress> found;
    for (const Profile& profile : profiles)
        for (const Pins* const pins : all_pins(profile))
            for (const Place* const place : places_of(*pins, places))
                found.push_back(place->address);
    return found;
}

Identified identify(const std::vector<Profile>& profiles, const Host& host) {
    Identified result;
    for (const Profile& profile : profiles) {
        Identification identification(profile, host, result);
        for (const ProfileController& controller : profile.controllers)
            identification.add(controller);
    }
    return result;
}

}  // namespace ctrlpass
