// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/usb_interfaces.hpp"

#include <algorithm>
#include <string_view>

#include "iommu/number.hpp"

namespace ctrlpass {

std::vector<UsbInterface> read_usb_interfaces(const Root& root, const std::string& device) {
    const std::string prefix = device.substr(device.rfind('/') + 1) + ":";
    std::vector<UsbInterface> interfaces;
    for (const std::string& name : root.directories(device)) {
        if (!name.starts_with(prefix)) continue;
        // "1-2:1.0" is interface 0 of configuration 1, in decimal (drivers/usb/core/message.c).
        const auto number = number_in<unsigned>(std::string_view(name).substr(name.rfind('.') + 1));
        if (!number) continue;
        UsbInterface interface { *number, 0, 0, 0, device + "/" + name };
        const auto hex = [&](const char* attribute) {
            const auto text = root.attribute(interface.sysfs + "/" + attribute);
            return number_in<unsigned>(text.value_or(""), 16).value_or(0);
        };
        interface.code = hex("bInterfaceClass");
        interface.subclass = hex("bInterfaceSubClass");
        interface.protocol = hex("bInterfaceProtocol");
        interfaces.push_back(std::move(interface));
    }
    std::ranges::sort(interfaces, {}, &UsbInterface::number);
    return interfaces;
}

}  // namespace ctrlpass
