// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/plan/repin.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "src/plan/identify.hpp"

namespace ctrlpass {

namespace {

std::string listed(const std::vector<const Function*>& functions) {
    std::string text;
    for (const Function* const function : functions)
        text += "\n    " + to_string(function->place.address) + "  " + function->place.path;
    return text;
}

/// "00.3" of "PC00/08.1/00.3".
std::string last_step(const std::string& path) { return path.substr(path.rfind('/') + 1); }

class Repinning {
  public:
    Repinning(const Profile& profile, const Host& host) : profile_(profile), host_(host) {
        for (const ProfileController& wanted : profile.controllers)
            result_.controllers.push_back({nullptr, &wanted, {}});
    }

    Result<Repinned> run(const std::optional<PciAddress>& chosen) {
        for (RepinnedController& one : result_.controllers) take(one, in_place(one.wanted->pins));
        look_elsewhere();
        if (chosen) TRY(choose(*chosen));
        for (RepinnedController& one : result_.controllers) {
            if (one.function == nullptr)
                complain(one.wanted->pins);
            else
                find_members(one);
        }
        return std::move(result_);
    }

  private:
    using Functions = std::vector<const Function*>;

    bool is_free(const Function& function) const {
        return !used_.contains(function.place.address) && !is_bridge(function.place.class_code);
    }

    Functions in_place(const Pins& pins) const {
        Functions found;
        for (const auto& [address, function] : host_.functions) {
            const bool there =
                pins.path ? function.place.path == *pins.path : pins.address == address;
            if (there && is_free(function) && difference(pins, function).empty())
                found.push_back(&function);
        }
        return found;
    }

    Functions alike(const Pins& pins) const {
        Functions found;
        for (const auto& [address, function] : host_.functions)
            if (is_free(function) && difference(pins, function).empty()) found.push_back(&function);
        return found;
    }

    /// The only other function with the pins, unless two controllers of the profile could be it.
    void look_elsewhere() {
        std::map<const Function*, std::vector<RepinnedController*>> meant;
        for (RepinnedController& one : result_.controllers) {
            if (one.function != nullptr || !one.wanted->pins.id) continue;
            const Functions found = alike(one.wanted->pins);
            if (found.size() == 1) meant[found.front()].push_back(&one);
        }
        for (const auto& [function, controllers] : meant)
            if (controllers.size() == 1) take(*controllers.front(), *function);
    }

    void take(RepinnedController& one, const Functions& found) {
        if (found.size() == 1) take(one, *found.front());
    }

    void take(RepinnedController& one, const Function& function) {
        one.function = &function;
        used_.insert(function.place.address);
        note_move(one.wanted->pins, function);
    }

    void note_move(const Pins& pins, const Function& function) {
        if (pins.path && *pins.path != function.place.path)
            result_.notes.push_back(*pins.path + " is now " + function.place.path);
        if (pins.address && *pins.address != function.place.address)
            result_.notes.push_back(to_string(*pins.address) + " is now " +
                                    to_string(function.place.address));
    }

    /// The controller that a person has chosen stands for the one that is lost.
    Result<> choose(const PciAddress& address) {
        const Function* const function = host_.function(address);
        if (function == nullptr)
            return fail("there is no function " + to_string(address), {},
                        "See:\n    ctrlpass inspect", Trouble::missing);
        if (is_bridge(function->place.class_code))
            return fail("cannot write a profile for " + to_string(address),
                        "it is a bridge or a USB4 host interface: it stays with the host",
                        "Choose a controller:\n    ctrlpass inspect");
        if (used_.contains(address) && result_.controllers.size() > 1) return {};
        std::vector<RepinnedController*> lost;
        for (RepinnedController& one : result_.controllers)
            if (one.function == nullptr || result_.controllers.size() == 1) lost.push_back(&one);
        std::vector<RepinnedController*> alike;
        for (RepinnedController* const one : lost)
            if (one->wanted->pins.id == function->id) alike.push_back(one);
        if (alike.size() == 1) lost = alike;
        if (lost.size() != 1)
            return fail(
                "cannot tell which controller of the profile " + to_string(address) + " stands for",
                lost.empty() ? "all of them are found without it"
                             : std::to_string(lost.size()) + " of them are not found",
                {}, Trouble::bad_input);
        if (lost.front()->function != nullptr) {  // the only one: what was found is not meant
            result_.notes.clear();
            used_.clear();
        }
        take(*lost.front(), *function);
        return {};
    }

    void complain(const Pins& pins) {
        const Functions there = pins.id ? alike(pins) : Functions{};
        if (there.empty())
            return find("no-such-controller", pins, shown(pins) + " is not on this host any more",
                        "If another controller takes its place, say which:\n    ctrlpass init "
                        "--from " +
                            profile_.path + " --controller ADDRESS");
        find("ambiguous-path", pins,
             shown(pins) + " is not in its place, and its pins do not say which of these it is",
             "Say which one is meant, by --controller:" + listed(there));
    }

    /// Members are looked for in the controller's group alone: elsewhere they are not needed.
    void find_members(RepinnedController& one) {
        for (const ProfileMember& wanted : one.wanted->members) {
            const auto outside = [&](const Function* function) {
                return function->group != one.function->group;
            };
            Functions found = in_place(wanted.pins);
            std::erase_if(found, outside);
            if (found.empty() && wanted.pins.id) {
                found = alike(wanted.pins);
                std::erase_if(found, outside);
            }
            if (found.size() > 1) prefer_same_step(wanted.pins, found);
            if (found.size() == 1) {
                used_.insert(found.front()->place.address);
                note_move(wanted.pins, *found.front());
                one.members.push_back({found.front(), wanted.guest});
            } else {
                miss_member(wanted, *one.function, found);
            }
        }
    }

    static void prefer_same_step(const Pins& pins, Functions& found) {
        if (!pins.path) return;
        Functions same = found;
        std::erase_if(same, [&](const Function* function) {
            return last_step(function->place.path) != last_step(*pins.path);
        });
        if (same.size() == 1) found = same;
    }

    void miss_member(const ProfileMember& wanted, const Function& controller,
                     const Functions& found) {
        const std::string group = " in the IOMMU group of " + to_string(controller.place.address);
        if (found.size() > 1)
            return find(
                "ambiguous-path", wanted.pins,
                std::to_string(found.size()) + " functions" + group + " fit the member " +
                    shown(wanted.pins),
                "Take the member out of the profile and put the right one in:" + listed(found));
        if (wanted.guest)
            return find("no-such-controller", wanted.pins,
                        "the member " + shown(wanted.pins) + ", which the guest has, is not" +
                            group + " any more",
                        "Take the member out of the profile.");
        result_.notes.push_back("the member " + shown(wanted.pins) + " is not" + group +
                                " any more: left out");
    }

    void find(std::string_view code, const Pins& subject, std::string message, std::string hint) {
        result_.findings.push_back(
            make_finding(profile_.name, code, shown(subject), std::move(message), std::move(hint)));
    }

    const Profile& profile_;
    const Host& host_;
    Repinned result_;
    std::set<PciAddress> used_;
};

}  // namespace

Result<Repinned> repin(const Profile& profile, const Host& host,
                       const std::optional<PciAddress>& chosen) {
    return Repinning(profile, host).run(chosen);
}

}  // namespace ctrlpass
