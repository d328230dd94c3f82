// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/usb.hpp"

#include <algorithm>

namespace ctrlpass {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// A device's name: bus, '-', ports with dots between. Interfaces have a ':' in theirs.
bool is_device(const std::string& name) {
    return !name.empty() && is_digit(name.front()) && name.find('-') != name.npos &&
           name.find(':') == name.npos;
}

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

class Reader {
  public:
    Reader(const Root& root, const std::vector<Attached>& attached)
        : root_(root), attached_(attached) {}

    std::vector<UsbDevice> below(const std::string& hub) const {
        std::vector<std::string> names = root_.names(hub);
        std::erase_if(names, [](const std::string& name) { return !is_device(name); });
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
        UsbDevice device{.port = name, .id = *id, .product = {}, .serial = {}};
        device.product = root_.attribute(home + "/product").value_or("");
        device.serial = root_.attribute(home + "/serial").value_or("");
        device.hub = root_.attribute(home + "/bDeviceClass") == "09";
        device.driver = driver_of_interfaces(home, name);
        device.carries = carried_by(home);
        device.devices = below(home);
        return device;
    }

    std::optional<std::string> driver_of_interfaces(const std::string& home,
                                                    const std::string& name) const {
        for (const std::string& interface : root_.names(home))
            if (interface.starts_with(name + ":"))
                if (auto driver = root_.link_name(home + "/" + interface + "/driver"))
                    return driver;
        return std::nullopt;
    }

    /// What hangs on an interface of this device, not on a device behind it.
    std::vector<Carried> carried_by(const std::string& home) const {
        const std::string interfaces = home + "/" + home.substr(home.rfind('/') + 1) + ":";
        std::vector<Carried> carried;
        for (const Attached& attached : attached_)
            if (attached.sysfs.starts_with(interfaces)) carried.push_back(attached.carried);
        return carried;
    }

    const Root& root_;
    const std::vector<Attached>& attached_;
};

}  // namespace

std::vector<UsbDevice> read_usb_tree(const Root& root, const Place& controller,
                                     const std::vector<Attached>& attached) {
    const Reader reader(root, attached);
    std::vector<UsbDevice> devices;
    std::vector<std::string> buses = root.names(controller.sysfs);
    std::erase_if(buses, [](const std::string& name) {
        return name.size() < 4 || !name.starts_with("usb") || !is_digit(name[3]);
    });
    std::ranges::sort(buses, [](const std::string& a, const std::string& b) {
        return comes_before(a.substr(3), b.substr(3));
    });
    for (const std::string& bus : buses)
        std::ranges::move(reader.below(controller.sysfs + "/" + bus), std::back_inserter(devices));
    return devices;
}

}  // namespace ctrlpass
