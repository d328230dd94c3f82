// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

#include "iommu/root.hpp"

namespace ctrlpass {

/// What an interface of a USB device says that it is.
struct UsbInterface {
    unsigned number = 0;
    unsigned code = 0;  ///< bInterfaceClass
    unsigned subclass = 0;
    unsigned protocol = 0;
    std::string sysfs;
    bool operator==(const UsbInterface&) const = default;

    bool is_hid() const { return code == 0x03; }
    /// HID 1.11, 4.3. The protocol has a meaning in the boot subclass alone, but devices that leave
    /// the subclass out say with it what they are all the same.
    bool is_keyboard() const { return is_hid() && protocol == 1; }
    bool is_mouse() const { return is_hid() && protocol == 2; }
};

/// The interfaces of a USB device, by number.
std::vector<UsbInterface> read_usb_interfaces(const Root& root, const std::string& device);

}  // namespace ctrlpass
