// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/profile/profile_text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <set>
#include <vector>

#include "src/render/text.hpp"
#include "vfio/driver_names.hpp"

namespace ctrlpass {

namespace {

/// The bytes of the character that begins here.
std::string_view character_at(std::string_view text) {
    std::size_t length = 1;
    while (length < text.size() && (static_cast<unsigned char>(text[length]) & 0xc0U) == 0x80U)
        ++length;
    return text.substr(0, length);
}

/// "\u202e": of a character that is not to be shown as it is, its number.
std::string escaped(std::string_view character) {
    const auto first = static_cast<unsigned char>(character.front());
    std::uint32_t number = first;
    if (character.size() > 1) {
        number = first & (0x7fU >> character.size());
        for (const char c : character.substr(1))
            number = number << 6U | (static_cast<unsigned char>(c) & 0x3fU);
    }
    std::array<char, 12> text{};
    std::snprintf(text.data(), text.size(), number > 0xffff ? "\\U%08x" : "\\u%04x", number);
    return text.data();
}

std::string title(const Function& function, const PciNames& names) {
    const std::string name = printable(names.name(function.id));
    return name.empty() ? to_string(function.id) : name;
}

/// Companions have a [[controller]] of their own, bridges stay.
bool stands_in_the_way(const Host& host, const Function& controller, const Function& other) {
    const PciAddress& address = other.place.address;
    const Controller* const usb = host.controller(controller.place.address);
    const bool companion =
        usb != nullptr && std::ranges::find(usb->companions, address) != usb->companions.end();
    return address != controller.place.address && !companion &&
           !is_bridge(other.place.class_code) && other.driver && !manages_its_dma(*other.driver);
}

/// The members of its group, for a person to uncomment.
std::string members(const Host& host, const PciNames& names, const Function& controller,
                    const std::set<PciAddress>& named = {}) {
    const Group* const group = controller.group ? host.group(*controller.group) : nullptr;
    if (group == nullptr) return {};
    std::string text;
    for (const PciAddress& address : group->functions) {
        const Function* const other = host.function(address);
        if (other == nullptr || named.contains(address) ||
            !stands_in_the_way(host, controller, *other))
            continue;
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

/// "allow = […]" after the indent; "" without codes.
std::string allow_text(const std::vector<std::string>& codes, const std::string& key) {
    if (codes.empty()) return {};
    std::string list;
    for (const std::string& code : codes) list += (list.empty() ? "" : ", ") + toml_string(code);
    return key + "= [" + list + "]\n";
}

std::string repinned_text(const Host& host, const PciNames& names, const RepinnedController& one,
                          const std::set<PciAddress>& named) {
    std::string text =
        "\n# " + title(*one.function, names) + "\n[[controller]]\n" + pins_text(*one.function, "");
    if (one.wanted->when == When::vm_start) text += "when      = \"vm-start\"\n";
    text += allow_text(one.wanted->allow, "allow     ");
    for (const RepinnedMember& member : one.members)
        text += "\n  # " + title(*member.function, names) + "\n  [[controller.member]]\n" +
                pins_text(*member.function, "  ") +
                "  guest     = " + (member.guest ? "true" : "false") + "\n";
    return text + members(host, names, *one.function, named);
}

}  // namespace

std::string toml_string(std::string_view text) {
    std::string result = "\"";
    while (!text.empty()) {
        const std::string_view character = character_at(text);
        text.remove_prefix(character.size());
        if (character == "\"" || character == "\\")
            result += "\\" + std::string(character);
        else if (printable(character) == character)
            result += character;
        else
            result += escaped(character);
    }
    return result + "\"";
}

std::string pins_text(const Function& function, const std::string& indent) {
    std::string text = indent + "path      = " + toml_string(function.place.path) + "\n" + indent +
                       "address   = " + toml_string(to_string(function.place.address)) + "\n" +
                       indent + "id        = " + toml_string(to_string(function.id)) + "\n";
    if (function.subsystem)
        text += indent + "subsystem = " + toml_string(to_string(*function.subsystem)) + "\n";
    if (function.serial) text += indent + "serial    = " + toml_string(*function.serial) + "\n";
    return text;
}

std::string profile_text(const Host& host, const PciNames& names, const Function& controller,
                         const std::string& vm) {
    std::string text = "format = 1\n";
    if (!vm.empty()) text += "\n[vm]\nname = " + toml_string(vm) + "\n";
    text += controller_text(host, names, controller);
    const Controller* const usb = host.controller(controller.place.address);
    if (usb == nullptr) return text;
    for (const PciAddress& companion : usb->companions)
        if (const Function* const function = host.function(companion))
            text += controller_text(host, names, *function);
    return text;
}

std::string profile_text(const Host& host, const PciNames& names, const Profile& profile,
                         const Repinned& repinned) {
    std::string text = "format = 1\n";
    if (!profile.description.empty())
        text += "description = " + toml_string(profile.description) + "\n";
    text += allow_text(profile.allow, "allow ");
    if (profile.vm) {
        text += "\n[vm]\nname = " + toml_string(profile.vm->name) + "\n";
        if (profile.vm->uri != ProfileVm{}.uri)
            text += "uri  = " + toml_string(profile.vm->uri) + "\n";
    }
    std::set<PciAddress> named;
    for (const RepinnedController& one : repinned.controllers) {
        named.insert(one.function->place.address);
        for (const RepinnedMember& member : one.members)
            named.insert(member.function->place.address);
    }
    for (const RepinnedController& one : repinned.controllers)
        text += repinned_text(host, names, one, named);
    if (!profile.pin.empty()) text += "\n[pin]\n" + profile.pin + "\n";
    return text;
}

}  // namespace ctrlpass
