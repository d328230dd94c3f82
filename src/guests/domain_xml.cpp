// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/guests/domain_xml.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <pugixml.hpp>
#include <ranges>

#include "src/guests/domain_xml_text.hpp"

namespace ctrlpass {

namespace {

constexpr auto alias_prefix = "ua-ctrlpass-";

bool has(const pugi::xml_node& node, const char* attribute, const char* value) {
    return std::strcmp(node.attribute(attribute).value(), value) == 0;
}

/// The device's <source> where it is a PCI function of the host, otherwise an empty node.
pugi::xml_node pci_source(const pugi::xml_node& device) {
    const std::string_view name = device.name();
    const auto source = device.child("source");
    if (name == "hostdev") {
        // Without a mode it is "subsystem"; "capabilities" are of containers.
        const bool subsystem = !device.attribute("mode") || has(device, "mode", "subsystem");
        return subsystem && has(device, "type", "pci") ? source : pugi::xml_node();
    }
    if (name == "interface" && has(device, "type", "hostdev")) return source;
    if (name == "disk" && has(device, "type", "nvme")) return source;
    return {};
}

std::optional<PciAddress> source_address(const pugi::xml_node& device) {
    const auto source = pci_source(device);
    if (!source) return std::nullopt;
    return address_in(source.child("address"));
}

bool is_ours(const pugi::xml_node& device) {
    const auto address = source_address(device);
    return address && std::strcmp(device.name(), "hostdev") == 0 &&
           device.child("alias").attribute("name").value() == hostdev_alias(*address);
}

std::string normal_form_of(const pugi::xml_node& device) {
    pugi::xml_document copy;
    auto root = copy.append_copy(device);
    if (is_ours(root)) {
        while (root.remove_child("address")) {
        }
    }
    normalise(root);
    return raw_text(root);
}

/// A definition as one line of text that equals another's when they are the same.
std::string comparable(const pugi::xml_document& document) {
    pugi::xml_document copy;
    copy.reset(document);
    auto devices = copy.document_element().child("devices");
    std::vector<std::pair<std::string, pugi::xml_node>> hostdevs;
    for (const auto& hostdev : devices.children("hostdev"))
        hostdevs.emplace_back(raw_text(hostdev), hostdev);
    std::ranges::sort(hostdevs, {}, [](const auto& pair) { return pair.first; });
    for (auto& [text, hostdev] : hostdevs) devices.append_move(hostdev);
    return raw_text(copy.document_element());
}

bool is_removable_bridge(const pugi::xml_node& controller) {
    constexpr std::array models{"pcie-root-port", "pcie-to-pci-bridge", "pci-bridge"};
    return has(controller, "type", "pci") && std::ranges::any_of(models, [&](const char* model) {
               return has(controller, "model", model);
           });
}

unsigned index_of(const pugi::xml_node& controller) {
    return number_in(controller.attribute("index")).value_or(0);
}

/// The PCI controller with the highest index. Only this one may go: libvirt fills gaps in the
/// numbering with new root ports (qemuDomainPCIAddressSetCreate).
pugi::xml_node last_bridge(const pugi::xml_node& devices) {
    pugi::xml_node last;
    for (const auto& controller : devices.children("controller"))
        if (has(controller, "type", "pci") && (!last || index_of(controller) > index_of(last)))
            last = controller;
    return last;
}

bool is_empty_bus(const pugi::xml_node& devices, unsigned bus) {
    return std::ranges::none_of(devices.children(), [&](const pugi::xml_node& device) {
        return std::ranges::any_of(device.children("address"), [&](const pugi::xml_node& address) {
            return has(address, "type", "pci") && number_in(address.attribute("bus")) == bus;
        });
    });
}

bool has_bridge(const pugi::xml_node& devices, const pugi::xml_node& bridge) {
    return std::ranges::any_of(
        devices.children("controller"), [&](const pugi::xml_node& controller) {
            return has(controller, "type", "pci") && index_of(controller) == index_of(bridge);
        });
}

bool may_go(const pugi::xml_node& bridge, const pugi::xml_node& devices,
            const pugi::xml_node& original) {
    return is_removable_bridge(bridge) && !has_bridge(original, bridge) &&
           is_empty_bus(devices, index_of(bridge));
}

bool remove_empty_bridges(pugi::xml_node devices, const pugi::xml_node& original) {
    bool changed = false;
    for (auto bridge = last_bridge(devices); may_go(bridge, devices, original);
         bridge = last_bridge(devices)) {
        devices.remove_child(bridge);
        changed = true;
    }
    return changed;
}

/// Ids that libvirt would give by itself, and nothing said of the threads.
bool is_plain(const pugi::xml_node& ids) {
    unsigned next = 1;
    for (const auto& thread : ids.children()) {
        const bool one = std::strcmp(thread.name(), "iothread") == 0 && !thread.first_child() &&
                         number_in(thread.attribute("id")) == next++ &&
                         thread.first_attribute() == thread.last_attribute();
        if (!one) return false;
    }
    return true;
}

/// libvirt spells the ids of all I/O threads out when one of them is pinned, and goes on doing so.
/// Where they are pinned nevertheless, `original` must show that it does without.
bool remove_spelled_out_ids(pugi::xml_node domain, const pugi::xml_node& original) {
    const auto says_more = [](const pugi::xml_node& definition) {
        const auto tune = definition.child("cputune");
        return tune.child("iothreadpin") || tune.child("iothreadsched");
    };
    const auto ids = domain.child("iothreadids");
    if (!ids || original.child("iothreadids") || !is_plain(ids) ||
        (says_more(domain) && !says_more(original)))
        return false;
    domain.remove_child(ids);
    return true;
}

}  // namespace

std::string hostdev_alias(const PciAddress& address) {
    std::string text = to_string(address);
    std::ranges::replace_if(
        text, [](char character) { return character == ':' || character == '.'; }, '-');
    return alias_prefix + text;
}

std::string hostdev_xml(const PciAddress& address, bool managed) {
    pugi::xml_document document;
    auto hostdev = document.append_child("hostdev");
    hostdev.append_attribute("mode") = "subsystem";
    hostdev.append_attribute("type") = "pci";
    hostdev.append_attribute("managed") = managed ? "yes" : "no";
    hostdev.append_child("driver").append_attribute("name") = "vfio";
    set_address(hostdev.append_child("source").append_child("address"), address);
    hostdev.append_child("alias").append_attribute("name") = hostdev_alias(address).c_str();
    return normal_form_of(hostdev);
}

Result<std::string> normal_form(const std::string& element) {
    pugi::xml_document document;
    TRY(parse_xml(document, element, "the device's XML"));
    return normal_form_of(document.document_element());
}

Result<std::vector<DomainHostdev>> hostdevs_in(const std::string& domain_xml) {
    pugi::xml_document document;
    TRY(parse_xml(document, domain_xml, "the domain's definition", "domain"));
    std::vector<DomainHostdev> hostdevs;
    for (const auto& device : document.document_element().child("devices").children()) {
        if (!pci_source(device)) continue;
        const auto address = source_address(device);
        if (!address)
            return fail(
                "cannot read the domain's definition",
                std::string("a <") + device.name() + "> has no PCI address in its <source>");
        const bool managed =
            has(device, "managed", "yes") || has(pci_source(device), "managed", "yes");
        hostdevs.push_back({*address, managed, is_ours(device), normal_form_of(device)});
    }
    return hostdevs;
}

Result<bool> is_same_definition(const std::string& one, const std::string& other) {
    pugi::xml_document first;
    TRY(parse_xml(first, one, "the domain's definition", "domain"));
    pugi::xml_document second;
    TRY(parse_xml(second, other, "the domain's definition", "domain"));
    return comparable(first) == comparable(second);
}

Result<std::optional<std::string>> tidied(const std::string& current, const std::string& original) {
    pugi::xml_document now;
    TRY(parse_xml(now, current, "the domain's definition", "domain"));
    pugi::xml_document then;
    TRY(parse_xml(then, original, "the domain's recorded definition", "domain"));
    if (current == original) return std::nullopt;
    const bool bridges = remove_empty_bridges(now.document_element().child("devices"),
                                              then.document_element().child("devices"));
    const bool ids = remove_spelled_out_ids(now.document_element(), then.document_element());
    if (comparable(now) == comparable(then)) return original;
    if (!bridges && !ids) return std::nullopt;
    return indented_text(now.document_element());
}

Result<std::optional<std::string>> with_boot_device(const std::string& definition,
                                                    const std::string& element) {
    pugi::xml_document domain;
    TRY(parse_xml(domain, definition, "the domain's definition", "domain"));
    pugi::xml_document device;
    TRY(parse_xml(device, element, "the device's XML"));
    auto os = domain.document_element().child("os");
    if (!device.document_element().child("boot") || !os.child("boot")) return std::nullopt;
    while (os.remove_child("boot")) {
    }
    domain.document_element().child("devices").append_copy(device.document_element());
    return indented_text(domain.document_element());
}

}  // namespace ctrlpass
