// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/guests/domain_xml_text.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <set>
#include <sstream>
#include <utility>
#include <vector>

#include "iommu/lines.hpp"
#include "iommu/number.hpp"

namespace ctrlpass {

namespace {

/// Deeper than any definition, shallow enough for recursion.
constexpr int deepest = 64;

/// What pugixml lets pass.
struct FormCheck final : pugi::xml_tree_walker {
    bool for_each(pugi::xml_node& node) override {
        std::set<std::string_view> names;
        for (const auto& attribute : node.attributes())
            repeats = repeats || !names.insert(attribute.name()).second;
        return depth() < deepest && !repeats;
    }
    bool repeats = false;
};

std::string text_of(const pugi::xml_node& node, unsigned flags) {
    std::ostringstream stream;
    node.print(stream, "  ", flags | pugi::format_attribute_single_quote, pugi::encoding_utf8);
    return stream.str();
}

/// The number, 0 where the attribute is not there, nothing where it is too large or no number.
std::optional<unsigned> field(const pugi::xml_node& element, const char* name, unsigned largest) {
    const auto attribute = element.attribute(name);
    if (!attribute) return 0U;
    const auto number = number_in(attribute);
    return number && *number <= largest ? number : std::nullopt;
}

void set_hex(pugi::xml_node element, const char* name, int digits, unsigned number) {
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "0x%0*x", digits, number);
    auto attribute = element.attribute(name);
    if (!attribute) attribute = element.append_attribute(name);
    attribute = text.data();
}

void sort_attributes(pugi::xml_node element) {
    std::vector<std::pair<std::string, std::string>> attributes;
    for (const auto& attribute : element.attributes())
        attributes.emplace_back(attribute.name(), attribute.value());
    std::ranges::sort(attributes);
    element.remove_attributes();
    for (const auto& [name, value] : attributes)
        element.append_attribute(name.c_str()) = value.c_str();
}

void sort_children(pugi::xml_node element) {
    std::vector<std::pair<std::string, pugi::xml_node>> children;
    for (const auto& child : element.children()) children.emplace_back(raw_text(child), child);
    std::ranges::sort(children, {}, [](const auto& pair) { return pair.first; });
    for (const auto& [text, child] : children) element.append_move(child);
}

}  // namespace

Result<> parse_xml(pugi::xml_document& document, const std::string& text, const std::string& what,
                   const std::string& name) {
    const std::string cannot = "cannot read " + what;
    if (text.find('\0') != text.npos) return fail(cannot, "there is a zero byte in it");
    const auto parsed = document.load_buffer(
        text.data(), text.size(), pugi::parse_default | pugi::parse_fragment, pugi::encoding_utf8);
    if (!parsed)
        return fail(cannot, std::string(parsed.description()) + " at byte " +
                                std::to_string(parsed.offset));
    const auto root = document.document_element();
    if (!root || document.first_child() != root || root.next_sibling())
        return fail(cannot, "it is not one element");
    FormCheck check;
    if (!document.traverse(check))
        return fail(cannot,
                    check.repeats ? "an attribute is there twice" : "it is nested too deeply");
    if (!name.empty() && name != root.name())
        return fail(cannot, std::string("it is a <") + root.name() + ">, not a <" + name + ">");
    return {};
}

std::string raw_text(const pugi::xml_node& node) { return text_of(node, pugi::format_raw); }

std::string indented_text(const pugi::xml_node& node) { return text_of(node, pugi::format_indent); }

std::optional<unsigned> number_in(const pugi::xml_attribute& attribute) {
    std::string_view text = attribute.value();
    int base = 10;
    if (text.starts_with("0x") || text.starts_with("0X")) {
        base = 16;
        text.remove_prefix(2);
    } else if (text.starts_with("0")) {
        base = 8;
    }
    return number_in<unsigned>(text, base);
}

std::optional<PciAddress> address_in(const pugi::xml_node& element) {
    const auto type = element.attribute("type");
    if (!element || (type && std::strcmp(type.value(), "pci") != 0)) return std::nullopt;
    if (!element.attribute("bus") && !element.attribute("slot")) return std::nullopt;
    const auto domain = field(element, "domain", 0xffffffff);
    const auto bus = field(element, "bus", 0xff);
    const auto slot = field(element, "slot", 0x1f);
    const auto function = field(element, "function", 7);
    if (!domain || !bus || !slot || !function) return std::nullopt;
    return PciAddress{*domain, static_cast<std::uint8_t>(*bus), static_cast<std::uint8_t>(*slot),
                      static_cast<std::uint8_t>(*function)};
}

void set_address(pugi::xml_node element, const PciAddress& address) {
    set_hex(element, "domain", 4, address.domain);
    set_hex(element, "bus", 2, address.bus);
    set_hex(element, "slot", 2, address.slot);
    set_hex(element, "function", 1, address.function);
}

void normalise(pugi::xml_node element) {
    // The guest's USB and drive addresses have a bus too, but no slot.
    if (std::strcmp(element.name(), "address") == 0 && element.attribute("slot"))
        if (const auto address = address_in(element)) set_address(element, *address);
    if (element.type() == pugi::node_pcdata) element.set_value(trimmed(element.value()).c_str());
    sort_attributes(element);
    for (const auto& child : element.children()) normalise(child);
    sort_children(element);
}

}  // namespace ctrlpass
