// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/host.hpp"

#include <algorithm>

namespace ctrlpass {

namespace {

constexpr std::uint32_t usb_class = 0x0c03;
constexpr std::uint32_t bridge_base_class = 0x06;

}  // namespace

const Place* Host::place(const PciAddress& address) const {
    const auto found = std::ranges::lower_bound(places, address, {}, &Place::address);
    return found != places.end() && found->address == address ? &*found : nullptr;
}

const Function* Host::function(const PciAddress& address) const {
    const auto found = functions.find(address);
    return found == functions.end() ? nullptr : &found->second;
}

const Group* Host::group(int number) const {
    const auto found = std::ranges::find(groups, number, &Group::number);
    return found == groups.end() ? nullptr : &*found;
}

const Controller* Host::controller(const PciAddress& address) const {
    const auto found = std::ranges::find(controllers, address, &Controller::address);
    return found == controllers.end() ? nullptr : &*found;
}

const Fitness* Host::fitness_of(const PciAddress& address) const {
    const auto found = fitness.find(address);
    return found == fitness.end() ? nullptr : &found->second;
}

bool is_below(const std::string& sysfs, const Place& place) {
    return sysfs.size() > place.sysfs.size() && sysfs.starts_with(place.sysfs) &&
           sysfs[place.sysfs.size()] == '/';
}

bool is_bluetooth_adapter(const Carried& carried) {
    return carried.role == Carried::Role::bluetooth;
}

bool may_be_way_in(const Carried& carried) {
    return carried.keyboard || carried.kind == Carried::Kind::net ||
           carried.kind == Carried::Kind::serial || is_bluetooth_adapter(carried);
}

bool is_usb_controller(std::uint32_t class_code) {
    return (class_code >> 8U) == usb_class && class_code != usb4_host_interface;
}

bool is_bridge(std::uint32_t class_code) {
    return (class_code >> 16U) == bridge_base_class || class_code == usb4_host_interface;
}

std::optional<Controller::Type> controller_type(std::uint32_t class_code) {
    if ((class_code >> 8U) != usb_class) return std::nullopt;
    switch (class_code & 0xffU) {
        case 0x00:
            return Controller::Type::uhci;
        case 0x10:
            return Controller::Type::ohci;
        case 0x20:
            return Controller::Type::ehci;
        case 0x30:
            return Controller::Type::xhci;
        case 0x40:
            return Controller::Type::usb4;
        default:
            return Controller::Type::other;
    }
}

}  // namespace ctrlpass
