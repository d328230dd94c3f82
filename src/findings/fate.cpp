// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/findings/fate.hpp"

#include <algorithm>

#include "src/render/text.hpp"

namespace ctrlpass {

Fate fate_of(const Case& facts, const std::vector<PciAddress>& leaving, const std::string& sysfs) {
    const auto carries = [&](const PciAddress& address) {
        const Place* const place = facts.host.place(address);
        return place != nullptr && is_below(sysfs, *place);
    };
    const auto carrier = std::ranges::find_if(leaving, carries);
    if (carrier != leaving.end()) return {false, *carrier};
    return {std::ranges::none_of(facts.taken, carries), std::nullopt};
}

std::string label_of(const Carried& input) {
    std::string label = input.detail;
    for (const std::string_view role : {", pointer", ", keyboard"})
        if (label.ends_with(role)) label.erase(label.size() - role.size());
    return printable(label);
}

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
