// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "iommu/root.hpp"

namespace ctrlpass {

/// Which USB device somebody means; what is absent may be anything.
struct UsbMatch {
    std::optional<unsigned> vendor;
    std::optional<unsigned> product;
    std::optional<unsigned> bus;
    std::optional<unsigned> device;  ///< its number on the bus
    std::string port;                ///< "2.1"
    bool operator==(const UsbMatch&) const = default;
};

/// A device by a name that programs use for it.
struct DeviceName {
    enum class Kind {
        node,       ///< "/dev/sdb", "/dev/input/by-id/…"
        net,        ///< "enx001122334455"
        card,       ///< of ALSA, by number or id: "1", "Headset"
        scsi,       ///< "6:0:0:0"
        scsi_host,  ///< "host6"
        mdev,       ///< a UUID
    };
    Kind kind = Kind::node;
    std::string name;
    bool operator==(const DeviceName&) const = default;
};

/// Where a device hangs in the tree of devices: "sys/devices/…", several for what is built upon
/// several disks; none where it is not there now. Reads names and links, opens no device.
class Locator {
  public:
    explicit Locator(const Root& root) : root_(root) {}
    /// Hubs are not meant, unless by their number.
    std::vector<std::string> find(const UsbMatch& match);
    std::vector<std::string> find(const DeviceName& device);

  private:
    struct Usb {
        std::string sysfs;
        std::string port;
        bool hub = false;
        std::optional<unsigned> vendor;
        std::optional<unsigned> product;
        std::optional<unsigned> bus;
        std::optional<unsigned> device;
    };
    const std::vector<Usb>& usb_devices();
    std::vector<std::string> node(const std::string& path);

    const Root& root_;
    std::optional<std::vector<Usb>> usb_;
};

}  // namespace ctrlpass
