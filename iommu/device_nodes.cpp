// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/device_nodes.hpp"

#include <algorithm>
#include <array>

#include "iommu/block.hpp"

namespace ctrlpass {

namespace {

/// "007" of "7", as the nodes below /dev/bus/usb are named.
std::string three_digits(const std::string& number) {
    return std::string(number.size() < 3 ? 3 - number.size() : 0, '0') + number;
}

class Collector {
  public:
    Collector(const Root& root, std::vector<DeviceNode>& nodes) : root_(root), nodes_(nodes) {}

    void add(const Attached& attached) {
        const std::string& name = attached.carried.name;
        switch (attached.carried.kind) {
            case Carried::Kind::disk:
                return add_disk(name, attached.sysfs);
            case Carried::Kind::sound:
                return add_sound(attached.sysfs);
            case Carried::Kind::video:
            case Carried::Kind::serial:
                return add("/dev/" + name, attached.sysfs, attached.sysfs);
            case Carried::Kind::other:
                return add_other(name, attached.sysfs);
            case Carried::Kind::net:
            case Carried::Kind::input:
                break;
        }
    }

    void add(const std::vector<UsbDevice>& devices) {
        for (const UsbDevice& device : devices) {
            const auto bus = root_.attribute(device.sysfs + "/busnum");
            const auto number = root_.attribute(device.sysfs + "/devnum");
            if (bus && number)
                add("/dev/bus/usb/" + three_digits(*bus) + "/" + three_digits(*number),
                    device.sysfs, device.sysfs);
            add(device.devices);
        }
    }

  private:
    void add(const std::string& path, const std::string& home, const std::string& owner,
             bool block = false) {
        if (auto number = root_.attribute(home + "/dev"))
            nodes_.push_back({path, std::move(*number), block, owner});
    }

    void add_disk(const std::string& name, const std::string& sysfs) {
        add("/dev/" + name, sysfs, sysfs, true);
        for (const std::string& part : partitions_of(root_, name))
            add("/dev/" + part, sysfs + "/" + part, sysfs, true);
        // ".../6:0:0:0/block/sda" has its way around the cache in ".../6:0:0:0/scsi_generic/sg1".
        const auto below = sysfs.rfind("/block/");
        if (below == sysfs.npos) return;
        const std::string generic = sysfs.substr(0, below) + "/scsi_generic";
        for (const std::string& name_of_generic : root_.names(generic))
            add("/dev/" + name_of_generic, generic + "/" + name_of_generic, sysfs);
    }

    void add_sound(const std::string& sysfs) {
        constexpr std::array<std::string_view, 5> kinds{"controlC", "hwC", "midiC", "pcmC", "umpC"};
        for (const std::string& name : root_.names(sysfs))
            if (std::ranges::any_of(kinds, [&](auto kind) { return name.starts_with(kind); }))
                add("/dev/snd/" + name, sysfs + "/" + name, sysfs);
    }

    void add_other(const std::string& name, const std::string& sysfs) {
        if (name.starts_with("hci")) return;
        // Of the class usbmisc, drivers/usb: those with a directory of their own in /dev.
        const bool in_usb = !name.starts_with("hidraw") && !name.starts_with("cdc-wdm");
        add((in_usb ? "/dev/usb/" : "/dev/") + name, sysfs, sysfs);
    }

    const Root& root_;
    std::vector<DeviceNode>& nodes_;
};

}  // namespace

std::vector<DeviceNode> device_nodes(const Root& root, std::span<const Attached> attached,
                                     std::span<const Controller> controllers) {
    std::vector<DeviceNode> nodes;
    Collector collector(root, nodes);
    for (const Attached& one : attached) collector.add(one);
    for (const Controller& controller : controllers) collector.add(controller.devices);
    return nodes;
}

}  // namespace ctrlpass
