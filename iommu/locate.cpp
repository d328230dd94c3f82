// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/locate.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "iommu/block.hpp"
#include "iommu/number.hpp"

namespace ctrlpass {

namespace {

constexpr std::size_t most_lower = 64;  // devices below a device

/// Classes whose devices have nodes in /dev under their own names.
constexpr std::array node_classes{
    "block",       "input",     "tty",          "sound",        "hidraw", "usbmisc", "printer",
    "video4linux", "scsi_tape", "scsi_generic", "scsi_changer", "tpm",    "drm",     "media",
    "ppdev",       "rc",        "bsg",          "net",          "nvme",   "watchdog"};

bool fits_usb(const std::optional<unsigned>& wanted, const std::optional<unsigned>& value) {
    return !wanted || wanted == value;
}

/// The device, or what it is built upon: of a mapped device or a RAID its disks, of a bridge or a
/// bond its ports.
void add_with_lower(const Root& root, const std::string& home, const std::string& name,
                    std::set<std::string>& seen, std::vector<std::string>& found) {
    const auto place = root.resolve(home + name);
    if (!place || seen.contains(*place)) return;
    if (seen.size() == most_lower)
        return root.note_unread(
            home + name, "it is built upon more than " + std::to_string(most_lower) + " devices");
    seen.insert(*place);
    found.push_back(*place);
    for (const std::string& slave : root.names(home + name + "/slaves"))
        add_with_lower(root, home, slave, seen, found);
    constexpr std::string_view lower = "lower_";
    if (home != "sys/class/net/") return;
    for (const std::string& link : root.names(home + name))
        if (link.starts_with(lower))
            add_with_lower(root, home, link.substr(lower.size()), seen, found);
}

std::vector<std::string> in_class(const Root& root, const std::string& kind,
                                  const std::string& name) {
    std::vector<std::string> found;
    std::set<std::string> seen;
    if (!name.empty() && name.find('/') == name.npos)
        add_with_lower(root, "sys/class/" + kind + "/", name, seen, found);
    return found;
}

std::optional<unsigned> number_at(const Root& root, const std::string& path, int base) {
    return number_in<unsigned>(root.attribute(path).value_or(""), base);
}

/// "dm-3" of the mapped device with this name, where udev's link is not there.
std::string mapped_block(const Root& root, const std::string& name) {
    for (const std::string& block : root.names("sys/class/block"))
        if (block.starts_with("dm-") &&
            root.attribute("sys/class/block/" + block + "/dm/name") == name)
            return block;
    return {};
}

}  // namespace

const std::vector<Locator::Usb>& Locator::usb_devices() {
    if (usb_) return *usb_;
    usb_.emplace();
    const std::string home = "sys/bus/usb/devices/";
    for (const std::string& name : root_.names(home)) {
        const auto dash = name.find('-');
        if (dash == name.npos || name.find(':') != name.npos) continue;
        const auto sysfs = root_.resolve(home + name);
        if (!sysfs) continue;
        Usb device{*sysfs, name.substr(dash + 1), false, {}, {}, {}, {}};
        device.hub = root_.attribute(*sysfs + "/bDeviceClass") == "09";
        device.vendor = number_at(root_, *sysfs + "/idVendor", 16);
        device.product = number_at(root_, *sysfs + "/idProduct", 16);
        device.bus = number_at(root_, *sysfs + "/busnum", 10);
        if (!device.bus) device.bus = number_in<unsigned>(name.substr(0, dash));
        device.device = number_at(root_, *sysfs + "/devnum", 10);
        usb_->push_back(std::move(device));
    }
    return *usb_;
}

std::vector<std::string> Locator::find(const UsbMatch& match) {
    std::vector<std::string> found;
    for (const Usb& usb : usb_devices()) {
        const bool by_place = match.bus && (match.device || !match.port.empty());
        if (usb.hub && !by_place) continue;
        if (fits_usb(match.vendor, usb.vendor) && fits_usb(match.product, usb.product) &&
            fits_usb(match.bus, usb.bus) && fits_usb(match.device, usb.device) &&
            (match.port.empty() || match.port == usb.port))
            found.push_back(usb.sysfs);
    }
    return found;
}

std::vector<std::string> Locator::node(const std::string& path) {
    const auto below_dev = block_at(root_, path);
    if (!below_dev) return {};
    constexpr std::string_view usb = "bus/usb/";
    if (below_dev->starts_with(usb)) {
        const auto slash = below_dev->find('/', usb.size());
        if (slash == below_dev->npos) return {};
        const auto bus = number_in<unsigned>(below_dev->substr(usb.size(), slash - usb.size()));
        const auto device = number_in<unsigned>(below_dev->substr(slash + 1));
        return bus && device ? find(UsbMatch{{}, {}, bus, device, {}}) : std::vector<std::string>{};
    }
    std::string name = below_dev->substr(below_dev->rfind('/') + 1);
    if (below_dev->starts_with("mapper/")) name = mapped_block(root_, name);
    // "/dev/dvb/adapter0/frontend0" is dvb0.frontend0.
    constexpr std::string_view adapter = "dvb/adapter";
    if (below_dev->starts_with(adapter))
        return in_class(
            root_, "dvb",
            "dvb" + below_dev->substr(adapter.size(), below_dev->rfind('/') - adapter.size()) +
                "." + name);
    for (const char* const kind : node_classes)
        if (auto found = in_class(root_, kind, name); !found.empty()) return found;
    return {};
}

std::vector<std::string> Locator::find(const DeviceName& device) {
    const auto link = [&](const std::string& path) {
        const auto place = root_.resolve(path);
        return place ? std::vector{*place} : std::vector<std::string>{};
    };
    if (device.kind != DeviceName::Kind::node && device.name.find('/') != device.name.npos)
        return {};
    switch (device.kind) {
        case DeviceName::Kind::node:
            return node(device.name);
        case DeviceName::Kind::net:
            return in_class(root_, "net", device.name);
        case DeviceName::Kind::scsi:
            return link("sys/bus/scsi/devices/" + device.name);
        case DeviceName::Kind::scsi_host:
            return link("sys/class/scsi_host/" + device.name);
        case DeviceName::Kind::mdev:
            return link("sys/bus/mdev/devices/" + device.name);
        case DeviceName::Kind::card:
            break;
    }
    const std::string home = "sys/class/sound/";
    for (const std::string& card : root_.names(home))
        if (card == "card" + device.name ||
            (card.starts_with("card") && root_.attribute(home + card + "/id") == device.name))
            return link(home + card);
    return {};
}

}  // namespace ctrlpass
