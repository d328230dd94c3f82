// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/findings/fate.hpp"

#include <algorithm>

#include "src/render/text.hpp"

namespace ctrlpass {

namespace {

template <typename HasAbility>
std::vector<const Attached*> one_of_each_device(const Host& host, HasAbility has_ability) {
    std::vector<const Attached*> found;
    for (const Attached& attached : host.attached) {
        if (!has_ability(attached.carried)) continue;
        const std::string& device = attached.carried.input.device;
        const auto same = [&](const Attached* other) {
            return !device.empty() && other->carried.input.device == device;
        };
        if (std::ranges::none_of(found, same)) found.push_back(&attached);
    }
    return found;
}

}  // namespace

std::vector<const Attached*> inputs_with(const Host& host, bool Carried::*ability) {
    return one_of_each_device(host, [&](const Carried& carried) { return carried.*ability; });
}

std::vector<const Attached*> inputs_with(const Host& host, bool InputFacts::*ability) {
    return one_of_each_device(host, [&](const Carried& carried) { return carried.input.*ability; });
}

Fate fate_of(const Case& facts, const std::vector<PciAddress>& leaving, const std::string& sysfs) {
    const auto carries = [&](const PciAddress& address) {
        const Place* const place = facts.host.place(address);
        return place != nullptr && is_below(sysfs, *place);
    };
    const auto carrier = std::ranges::find_if(leaving, carries);
    if (carrier != leaving.end()) return {false, *carrier};
    return {std::ranges::none_of(facts.taken, carries), std::nullopt};
}

std::string label_of(const Carried& input) { return printable(input.input.label); }

Fate fate_of(const Case& facts, const std::vector<PciAddress>& leaving, const Attached& input) {
    const Fate own = fate_of(facts, leaving, input.sysfs);
    if (!own.stays || !input.carried.bluetooth) return own;
    for (const Attached& adapter : facts.host.attached) {
        if (!is_bluetooth_adapter(adapter.carried)) continue;
        const Fate fate = fate_of(facts, leaving, adapter.sysfs);
        if (!fate.stays) return fate;
    }
    return own;
}

}  // namespace ctrlpass
