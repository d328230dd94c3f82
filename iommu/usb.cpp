// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/usb.hpp"

#include <algorithm>
#include <functional>

#include "iommu/slow.hpp"
#include "iommu/stuck.hpp"
#include "iommu/usb_above.hpp"

namespace ctrlpass {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// By port numbers, not by letters: 1-2 before 1-10.
bool comes_before(const std::string& a, const std::string& b) {
    const auto number = [](std::string_view& text) {
        std::size_t value = 0;
        while (!text.empty() && is_digit(text.front())) {
            value = value * 10 + static_cast<std::size_t>(text.front() - '0');
            text.remove_prefix(1);
        }
        if (!text.empty()) text.remove_prefix(1);
        return value;
    };
    std::string_view x = a;
    std::string_view y = b;
    while (!x.empty() && !y.empty()) {
        const auto left = number(x);
        const auto right = number(y);
        if (left != right) return left < right;
    }
    return x.size() < y.size();
}

constexpr const char* usbip = "usbip-host";

/// The raw HID devices of keyboards and mice are told as inputs.
bool is_worth_a_line(const Carried& carried) {
    return carried.role != Carried::Role::none || !carried.name.starts_with("hidraw");
}

class Reader {
  public:
    Reader(const Root& root, const std::vector<Attached>& attached)
        : root_(root), attached_(attached) {}

    std::vector<UsbDevice> below(const std::string& hub) const {
        std::vector<std::string> names = root_.names(hub);
        std::erase_if(names, [](const std::string& name) { return !is_usb_device_name(name); });
        std::ranges::sort(names, comes_before);
        std::vector<UsbDevice> devices;
        for (const std::string& name : names) {
            auto device = read(hub + "/" + name, name);
            if (device) devices.push_back(std::move(*device));
        }
        return devices;
    }

  private:
    std::optional<UsbDevice> read(const std::string& home, const std::string& name) const {
        const auto id = parse_id(root_.attribute(home + "/idVendor").value_or("") + ":" +
                                 root_.attribute(home + "/idProduct").value_or(""));
        if (!id) return std::nullopt;  // it was unplugged meanwhile
        UsbDevice device;
        device.port = name;
        device.id = *id;
        device.hub = root_.attribute(home + "/bDeviceClass") == "09";
        device.sysfs = home;
        device.carries = carried_by(home);
        read_interfaces(home, name, device);
        device.exported = read_export(home);
        if (device.exported != UsbDevice::Export::no) device.driver = usbip;
        device.devices = below(home);
        return device;
    }

    void read_interfaces(const std::string& home, const std::string& name,
                         UsbDevice& device) const {
        for (const std::string& interface : root_.names(home)) {
            if (!interface.starts_with(name + ":")) continue;
            const std::string below = home + "/" + interface;
            if (!device.driver) device.driver = root_.link_name(below + "/driver");
            // Smart-card readers have no driver in the kernel: programs open the USB device.
            if (root_.attribute(below + "/bInterfaceClass") != "0b") continue;
            Carried reader;
            reader.name = interface;
            reader.role = Carried::Role::card_reader;
            device.carries.push_back(std::move(reader));
        }
    }

    /// The driver of the device itself, in the place of the kernel's own: its interfaces have none
    /// then, and no process has it open (drivers/usb/usbip/stub_dev.c).
    UsbDevice::Export read_export(const std::string& home) const {
        using Export = UsbDevice::Export;
        if (root_.link_name(home + "/driver") != usbip) return Export::no;
        const std::string status = root_.attribute(home + "/usbip_status").value_or("");
        // enum usbip_device_status: available, used, error.
        return status == "1" || status == "3" ? Export::idle
               : status == "2"                ? Export::used
                                              : Export::unknown;
    }

    /// What hangs on this device, not on a device behind it.
    std::vector<Carried> carried_by(const std::string& home) const {
        std::vector<Carried> carried;
        for (const Attached& attached : attached_) {
            if (!attached.sysfs.starts_with(home + "/")) continue;
            const std::string_view below = std::string_view(attached.sysfs).substr(home.size() + 1);
            if (!is_usb_device_name(below.substr(0, below.find('/'))) &&
                is_worth_a_line(attached.carried))
                carried.push_back(attached.carried);
        }
        return carried;
    }

    const Root& root_;
    const std::vector<Attached>& attached_;
};

std::vector<UsbDevice> read_tree(const Reader& reader, const std::vector<std::string>& buses) {
    std::vector<UsbDevice> devices;
    for (const std::string& bus : buses)
        std::ranges::move(reader.below(bus), std::back_inserter(devices));
    return devices;
}

void visit_all(std::vector<UsbDevice>& devices, const std::function<void(UsbDevice&)>& visit) {
    for (UsbDevice& device : devices) {
        visit(device);
        visit_all(device.devices, visit);
    }
}

}  // namespace

/// Strings of devices take the device's lock before Linux 6.12: they are read in a child, all at
/// once.
std::vector<std::vector<UsbDevice>> read_usb_trees(const Root& root,
                                                   std::span<const Place* const> controllers,
                                                   const UsbBuses& buses,
                                                   const std::vector<Attached>& attached) {
    const Reader reader(root, attached);
    std::vector<std::vector<UsbDevice>> trees;
    std::vector<std::string> strings;
    const auto stuck = read_stuck_writes(root);
    for (const Place* const controller : controllers) {
        // One whose driver does not let go keeps the locks of what hangs below it, too.
        if (stuck.contains(controller->address)) {
            trees.emplace_back();
            continue;
        }
        const auto of_controller = buses.find(controller->address);
        trees.push_back(of_controller == buses.end() ? std::vector<UsbDevice>{}
                                                     : read_tree(reader, of_controller->second));
        visit_all(trees.back(),
                  [&](const UsbDevice& device) { strings.push_back(device.sysfs + "/product"); });
    }
    const auto texts = read_slow(root, strings);
    auto next = texts.begin();
    for (auto& tree : trees)
        visit_all(tree, [&](UsbDevice& device) { device.product = (next++)->text.value_or(""); });
    return trees;
}

}  // namespace ctrlpass
