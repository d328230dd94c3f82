// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/findings/usb_owner.hpp"

#include "src/render/text.hpp"

namespace ctrlpass {

const UsbDevice* usb_owner(const std::string& sysfs, const std::vector<UsbDevice>& devices) {
    for (const UsbDevice& device : devices) {
        if (sysfs != device.sysfs && !sysfs.starts_with(device.sysfs + "/")) continue;
        const UsbDevice* const below = usb_owner(sysfs, device.devices);
        return below != nullptr ? below : &device;
    }
    return nullptr;
}

std::string usb_name(const UsbDevice& device) {
    return device.product.empty() ? "USB device " + to_string(device.id)
                                  : printable(device.product);
}

std::string owner_name(const Case& facts, const Place& place, const std::string& sysfs) {
    const Controller* const controller = facts.host.controller(place.address);
    const UsbDevice* const owner =
        controller == nullptr ? nullptr : usb_owner(sysfs, controller->devices);
    return owner != nullptr ? usb_name(*owner) : to_string(place.address);
}

std::string opener_name(const Opened& opened) {
    const std::string pid = "pid " + std::to_string(opened.pid);
    if (opened.guest.empty()) return printable(opened.process) + " (" + pid + ")";
    return "guest " + printable(opened.guest) + " (" + printable(opened.process) + ", " + pid + ")";
}

}  // namespace ctrlpass
