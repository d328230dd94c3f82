// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/device_nodes.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "iommu/lines.hpp"

namespace ctrlpass {

namespace {

/// "007" of "7", as the nodes below /dev/bus/usb are named.
std::string three_digits(const std::string& number) {
    return std::string(number.size() < 3 ? 3 - number.size() : 0, '0') + number;
}

/// Drivers of the class usbmisc whose nodes have a directory of their own (`devnode` of their
/// usb_class_driver).
bool is_in_dev_usb(std::string_view name) {
    constexpr std::array<std::string_view, 6> prefixes{"hiddev", "lp",           "adutux",
                                                       "ldusb",  "legousbtower", "iowarrior"};
    return std::ranges::any_of(prefixes, [&](auto prefix) { return name.starts_with(prefix); });
}

/// Sound of the old kind (OSS) has nodes without a directory.
bool is_oss(std::string_view number) { return number.starts_with("14:"); }

/// "dvb/adapter0/frontend0" of "dvb0.frontend0" (drivers/media/dvb-core/dvbdev.c).
std::string dvb_name(const std::string& name) {
    const auto dot = name.find('.');
    constexpr std::string_view prefix = "dvb";
    if (dot == name.npos || !name.starts_with(prefix)) return name;
    return "dvb/adapter" + name.substr(prefix.size(), dot - prefix.size()) + "/" +
           name.substr(dot + 1);
}

class Namer {
  public:
    explicit Namer(const Root& root) : root_(root) {}

    /// The path that the kernel gives the node. Of a live machine the number is what is compared;
    /// `uevent`, which tells the path, may wait for the device's lock there.
    std::string path(const NodePlace& place) const {
        if (!root_.is_live())
            if (const auto told = told_path(place)) return "/dev/" + *told;
        std::string name = place.name();
        std::ranges::replace(name, '!', '/');
        return "/dev/" + below_dev(place, name);
    }

  private:
    std::optional<std::string> told_path(const NodePlace& place) const {
        constexpr std::string_view key = "DEVNAME=";
        for (const std::string& line :
             lines_of(root_.attribute(place.home + "/uevent").value_or("")))
            if (line.starts_with(key) && line.size() > key.size() && line[key.size()] != '/')
                return line.substr(key.size());
        return std::nullopt;
    }

    std::string below_dev(const NodePlace& place, const std::string& name) const {
        const std::string& kind = place.subsystem;
        if (kind == "usb") {
            const auto bus = root_.attribute(place.home + "/busnum");
            const auto number = root_.attribute(place.home + "/devnum");
            return "bus/usb/" + three_digits(bus.value_or("")) + "/" +
                   three_digits(number.value_or(""));
        }
        if (kind == "sound" && !is_oss(place.number)) return "snd/" + name;
        if (kind == "usbmisc" && is_in_dev_usb(name)) return "usb/" + name;
        if (kind == "input" || kind == "bsg") return kind + "/" + name;
        if (kind == "drm") return "dri/" + name;
        if (kind == "dvb") return dvb_name(name);
        return name;
    }

    const Root& root_;
};

/// Partitions and generic nodes belong to a disk or a tape drive.
std::string owner_of_node(const NodePlace& place, std::span<const NodePlace> all) {
    const auto disk = std::ranges::find_if(all, [&](const NodePlace& other) {
        return other.subsystem == "block" && place.sysfs.starts_with(other.sysfs + "/");
    });
    if (disk != all.end()) return disk->sysfs;
    if (place.subsystem != "scsi_generic" && place.subsystem != "bsg" &&
        place.subsystem != "scsi_tape")
        return place.sysfs;
    const auto leader = std::ranges::find_if(all, [&](const NodePlace& other) {
        return (other.subsystem == "block" || other.subsystem == "scsi_tape" ||
                other.subsystem == "scsi_changer") &&
               other.device() == place.device();
    });
    return leader == all.end() ? place.sysfs : leader->sysfs;
}

}  // namespace

std::vector<DeviceNode> device_nodes(const Root& root, std::span<const NodePlace> places) {
    const Namer namer(root);
    std::vector<DeviceNode> nodes;
    for (const NodePlace& place : places) {
        if (place.subsystem.starts_with("vfio")) continue;
        const std::string owner = owner_of_node(place, places);
        nodes.push_back({namer.path(place), place.number, place.subsystem == "block", owner});
        // The first watchdog has a second node, from before there were several.
        if (place.subsystem != "watchdog" || place.name() != "watchdog0") continue;
        if (const auto number = root.attribute("sys/class/misc/watchdog/dev"))
            nodes.push_back({"/dev/watchdog", *number, false, owner});
        else if (!root.is_live())
            nodes.push_back({"/dev/watchdog", "10:130", false, owner});
    }
    return nodes;
}

}  // namespace ctrlpass
