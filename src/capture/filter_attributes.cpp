// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <array>
#include <cstdint>

#include "iommu/lines.hpp"
#include "src/capture/attribute_list.hpp"
#include "src/capture/filters.hpp"
#include "src/capture/forms.hpp"
#include "src/render/text.hpp"

namespace ctrlpass::filters {

namespace {

std::string without_end(std::string text) {
    while (text.ends_with('\n')) text.pop_back();
    return text;
}

/// "LVM-…", "CRYPT-LUKS2-…": who made a mapped device, by what stands before its own numbers.
std::string kind_of_mapped(Mask& mask, const std::string& value) {
    constexpr auto known = std::to_array<std::string_view>(
        {"CRYPT", "LUKS1", "LUKS2", "PLAIN", "TCRYPT", "BITLK", "VERITY", "INTEGRITY", "TEMP",
         "LVM", "mpath", "DMRAID", "stratis", "VDO", "SUBDEV", "FVAULT2"});
    std::string kept;
    std::string_view rest = value;
    while (!rest.empty()) {
        const auto dash = std::min(rest.find('-'), rest.size());
        const std::string_view part = rest.substr(0, dash);
        const bool partition =
            part.starts_with("part") && consists_of(part.substr(4), "0123456789");
        if (std::ranges::find(known, part) == known.end() && !partition) break;
        kept += std::string(part) + "-";
        rest.remove_prefix(std::min(dash + 1, rest.size()));
    }
    return kept + mask.names.serial(value);
}

/// Of an item of a HID report descriptor: what is it about? Its size stands in the last two bits.
bool is_about_uses(unsigned char item) {
    constexpr auto kept = std::to_array<unsigned char>(
        {0x04, 0x08, 0x14, 0x18, 0x24, 0x28, 0x74, 0x80, 0x84, 0x90, 0x94, 0xa0, 0xb0, 0xc0});
    return std::ranges::find(kept, item & 0xfcU) != kept.end();
}

/// The pages and uses, ranges and collections of a report descriptor (HID 1.11, 6.2.2). Of long
/// items nobody knows what they say.
std::string uses_in(const std::string& text) {
    constexpr std::size_t longest = 4096;
    std::string kept;
    for (std::size_t at = 0; at < std::min(text.size(), longest);) {
        const auto prefix = static_cast<unsigned char>(text[at]);
        const std::size_t size = (prefix & 3U) == 3 ? 4 : prefix & 3U;
        const bool is_long = prefix == 0xfe && at + 1 < text.size();
        if (!is_long && is_about_uses(prefix)) kept += text.substr(at, 1 + size);
        at += is_long ? 3U + static_cast<unsigned char>(text[at + 1]) : 1U + size;
    }
    return kept;
}

/// "192.0.2.7", "192.0.2.7:6789/0", "traddr=192.0.2.7,trsvcid=4420": the address alone.
std::string masked_addresses(Mask& mask, const std::string& value) {
    const auto key = value.find("traddr=");
    std::string address = key == value.npos ? value : value.substr(key + 7);
    address = address.substr(0, address.find_first_of(",/ "));
    std::string masked = mask.addresses.address(address);
    if (masked.empty()) masked = mask.addresses.address(address.substr(0, address.rfind(':')));
    return masked.empty() || key == value.npos ? masked : "traddr=" + masked;
}

/// DEVNAME=… of a uevent: the node below /dev.
std::string node_name(Mask& mask, const std::string& text) {
    constexpr std::string_view key = "DEVNAME=";
    for (const std::string& line : lines_of(text))
        if (line.starts_with(key))
            return std::string(key) + mask.places.path("dev/" + line.substr(key.size())).substr(4) +
                   "\n";
    return "";
}

bool is_acpi_path(std::string_view value) {
    constexpr std::size_t longest = 128;
    return value.size() <= longest &&
           consists_of(value, "\\_.ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
}

std::string shown(Mask& mask, const std::string& value) {
    return printable(mask.names.without_macs(value));
}

}  // namespace

std::string nothing(Mask&, const std::string&, const std::string&) { return ""; }

std::string attribute(Mask& mask, const std::string& path, const std::string& text) {
    const std::string value = without_end(text);
    // "\\_SB_.PCI0"
    if (path.ends_with("/firmware_node/path")) return is_acpi_path(value) ? text : "";
    const Attribute known = attribute_of(path);
    switch (known.kind) {
        case AttributeKind::serial:
            return mask.names.serial(value) + "\n";
        case AttributeKind::mapped:
            return mask.names.mapped(value) + "\n";
        case AttributeKind::mapped_kind:
            return path.ends_with("/dm/uuid") ? kind_of_mapped(mask, value) + "\n" : "";
        case AttributeKind::path:
            return mask.places.path(value.substr(0, value.find('\n'))) + "\n";
        case AttributeKind::address:
            return masked_addresses(mask, value) + "\n";
        case AttributeKind::link:
            return mask.names.link(value) + "\n";
        case AttributeKind::id:
            return mask.names.id(value) + "\n";
        case AttributeKind::name:
            return mask.names.name(value) + "\n";
        case AttributeKind::descriptor:
            return uses_in(text);
        case AttributeKind::node:
            return node_name(mask, text);
        case AttributeKind::by_form:
            break;
    }
    if (known.name.empty()) return "";
    if (known.form == Form::text) return shown(mask, value.substr(0, value.find('\n'))) + "\n";
    const bool none = value == "(null)";
    return none || has_form(value, known.form) ? text : "";
}

std::string word(Mask&, const std::string&, const std::string& text) {
    return has_form(text, Form::word) ? text : "";
}

std::string number(Mask&, const std::string&, const std::string& text) {
    return has_form(text, Form::number) ? text : "";
}

std::string id(Mask& mask, const std::string&, const std::string& text) {
    return mask.names.id(without_end(text)) + "\n";
}

/// Findings name the process. The kernel cuts it at 15 bytes.
std::string process_name(Mask& mask, const std::string&, const std::string& text) {
    constexpr std::size_t longest = 15;
    return shown(mask, without_end(text).substr(0, longest)) + "\n";
}

/// Its state and when it began (proc(5)): the third and the 22nd field.
std::string process_stat(Mask&, const std::string& path, const std::string& text) {
    const auto fields = words_of(text.substr(std::min(text.rfind(')') + 1, text.size())));
    const auto slash = path.find('/');
    const std::string pid = path.substr(slash + 1, path.rfind('/') - slash - 1);
    if (fields.size() < 20 || fields[0].size() != 1 || !has_form(fields[19], Form::number) ||
        !has_form(pid, Form::number))
        return "";
    std::string kept = pid + " (process) " + fields[0];
    for (int i = 1; i < 19; ++i) kept += " 0";
    return kept + " " + fields[19] + "\n";
}

}  // namespace ctrlpass::filters
