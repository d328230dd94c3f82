// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "iommu/address.hpp"
#include "iommu/locate.hpp"

namespace ctrlpass {

/// What a definition names in a place that is not read: it may be anything.
struct Anything {
    bool operator==(const Anything&) const = default;
};

/// Something of the host that a definition names otherwise than by a PCI hostdev.
struct Named {
    using Target = std::variant<PciAddress, UsbMatch, DeviceName, Anything>;
    std::string how;   ///< "<disk type='block'>"; "qemu:commandline, -device vfio-pci,host=02:00.0"
    std::string what;  ///< for people: "/dev/sdb", "USB device 046d:c52b"
    Target target;
    bool optional = false;           ///< the guest starts without it
    bool live = false;               ///< in the running guest only
    std::vector<std::string> sysfs;  ///< where that hangs now; empty: nowhere, or not looked for

    const PciAddress* function() const { return std::get_if<PciAddress>(&target); }
    bool is_anything() const { return std::holds_alternative<Anything>(target); }
    bool operator==(const Named&) const = default;
};

/// "USB device 046d:c52b", "USB device 4 of bus 1", "the USB device at port 2.1 of bus 1".
std::string usb_text(const UsbMatch& match);

}  // namespace ctrlpass
