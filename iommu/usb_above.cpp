// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/usb_above.hpp"

namespace ctrlpass {

namespace {

std::optional<std::string> function_of(std::string path) {
    for (; path.find('/') != path.npos; path.resize(path.rfind('/')))
        if (parse_address(path.substr(path.rfind('/') + 1))) return path;
    return std::nullopt;
}

}  // namespace

/// Interfaces are named after their device: "1-2.1:1.0".
std::optional<std::string> usb_device_above(const std::string& sysfs) {
    std::string path = sysfs;
    for (; path.find('/') != path.npos; path.resize(path.rfind('/'))) {
        const std::string name = path.substr(path.rfind('/') + 1);
        const auto colon = name.find(':');
        std::string parent = path.substr(0, path.rfind('/'));
        if (colon != name.npos && parent.ends_with("/" + name.substr(0, colon)) &&
            name.find('-') < colon)
            return parent;
    }
    return std::nullopt;
}

bool is_usb_device_name(std::string_view name) {
    return !name.empty() && name.front() >= '0' && name.front() <= '9' &&
           name.find('-') != name.npos && name.find(':') == name.npos;
}

std::optional<PciAddress> pci_function_above(const std::string& sysfs) {
    const auto function = function_of(sysfs);
    if (!function) return std::nullopt;
    return parse_address(function->substr(function->rfind('/') + 1));
}

std::optional<PciId> usb_id_above(const Root& root, const std::string& sysfs) {
    const auto device = usb_device_above(sysfs);
    if (!device) return std::nullopt;
    return parse_id(root.attribute(*device + "/idVendor").value_or("") + ":" +
                    root.attribute(*device + "/idProduct").value_or(""));
}

std::optional<PciId> pci_id_above(const Root& root, const std::string& sysfs) {
    const auto function = function_of(sysfs);
    if (!function) return std::nullopt;
    const auto hex = [&](const std::string& name) {
        const std::string text = root.attribute(*function + "/" + name).value_or("");
        return text.starts_with("0x") ? text.substr(2) : text;
    };
    return parse_id(hex("vendor") + ":" + hex("device"));
}

}  // namespace ctrlpass
