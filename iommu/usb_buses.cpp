// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/usb_buses.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

#include "iommu/number.hpp"
#include "iommu/usb_above.hpp"

namespace ctrlpass {

namespace {

/// 12 of "usb12", and of a path that ends so. Nothing for what is no root hub.
std::optional<unsigned> bus_number(std::string_view path) {
    std::string_view name = path.substr(path.rfind('/') + 1);
    constexpr std::string_view prefix = "usb";
    if (!name.starts_with(prefix)) return std::nullopt;
    return number_in<unsigned>(name.substr(prefix.size()));
}

}  // namespace

UsbBuses read_usb_buses(const Root& root, std::span<const Place* const> controllers) {
    UsbBuses buses;
    const auto add = [&](const PciAddress& address, const std::string& bus) {
        std::vector<std::string>& known = buses[address];
        if (std::ranges::find(known, bus) == known.end()) known.push_back(bus);
    };
    const std::string list = "sys/bus/usb/devices/";
    for (const std::string& name : root.names(list)) {
        if (!bus_number(name)) continue;
        const auto bus = root.resolve(list + name);
        const auto address = bus ? pci_function_above(*bus) : std::nullopt;
        if (address) add(*address, *bus);
    }
    for (const Place* const place : controllers)
        for (const std::string& name : root.names(place->sysfs))
            if (bus_number(name)) add(place->address, place->sysfs + "/" + name);
    for (auto& [address, paths] : buses)
        std::ranges::sort(paths, {}, [](const std::string& path) { return bus_number(path); });
    return buses;
}

}  // namespace ctrlpass
