// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/profile/profile_text.hpp"

#include <algorithm>
#include <vector>

#include "src/render/text.hpp"
#include "vfio/driver_names.hpp"

namespace ctrlpass {

namespace {

/// A TOML basic string: what comes from hardware or the command line is escaped.
std::string quoted(const std::string& text) {
    std::string result = "\"";
    for (const char c : printable(text)) {
        if (c == '"' || c == '\\') result += '\\';
        result += c;
    }
    return result + "\"";
}

std::string title(const Function& function, const PciNames& names) {
    const std::string name = printable(names.name(function.id));
    return name.empty() ? to_string(function.id) : name;
}

/// Of one slot and both USB 1 or 2: each has a [[controller]] of its own.
bool are_companions(const Function& a, const Function& b) {
    using Type = Controller::Type;
    PciAddress same_function = a.place.address;
    same_function.function = b.place.address.function;
    const auto is_old = [](const Function& function) {
        const auto type = controller_type(function.place.class_code);
        return type == Type::uhci || type == Type::ohci || type == Type::ehci;
    };
    return same_function == b.place.address && is_old(a) && is_old(b);
}

bool stands_in_the_way(const Function& controller, const Function& other) {
    return other.place.address != controller.place.address && !are_companions(controller, other) &&
           !is_bridge(other.place.class_code) && other.driver && !manages_its_dma(*other.driver);
}

/// The members of its group, for a person to uncomment.
std::string members(const Host& host, const PciNames& names, const Function& controller) {
    const Group* const group = controller.group ? host.group(*controller.group) : nullptr;
    if (group == nullptr) return {};
    std::string text;
    for (const PciAddress& address : group->functions) {
        const Function* const other = host.function(address);
        if (other == nullptr || !stands_in_the_way(controller, *other)) continue;
        text += "\n  # Shares IOMMU group " + std::to_string(group->number) + ": " +
                title(*other, names) + " (driver " + printable(*other->driver) +
                ").\n  # The host loses it when it is taken along; without it nothing can be "
                "given away.\n";
        text += "  # [[controller.member]]\n" + pins_text(*other, "  # ");
        text += "  # guest     = false\n";
    }
    return text;
}

std::string controller_text(const Host& host, const PciNames& names, const Function& function) {
    return "\n# " + title(function, names) + "\n[[controller]]\n" + pins_text(function, "") +
           members(host, names, function);
}

}  // namespace

std::string pins_text(const Function& function, const std::string& indent) {
    std::string text = indent + "path      = " + quoted(function.place.path) + "\n" + indent +
                       "address   = " + quoted(to_string(function.place.address)) + "\n" + indent +
                       "id        = " + quoted(to_string(function.id)) + "\n";
    if (function.subsystem)
        text += indent + "subsystem = " + quoted(to_string(*function.subsystem)) + "\n";
    if (function.serial) text += indent + "serial    = " + quoted(*function.serial) + "\n";
    return text;
}

std::string profile_text(const Host& host, const PciNames& names, const Function& controller,
                         const std::string& vm) {
    std::string text = "format = 1\n";
    if (!vm.empty()) text += "\n[vm]\nname = " + quoted(vm) + "\n";
    text += controller_text(host, names, controller);
    const Controller* const usb = host.controller(controller.place.address);
    if (usb == nullptr) return text;
    for (const PciAddress& companion : usb->companions)
        if (const Function* const function = host.function(companion))
            text += controller_text(host, names, *function);
    return text;
}

}  // namespace ctrlpass
