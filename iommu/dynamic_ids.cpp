// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/dynamic_ids.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace ctrlpass {

namespace {

constexpr std::size_t longest_option = 1023;  // `static char ids[1024]`

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool is_hex_at(std::string_view text, std::size_t at) {
    return at < text.size() && hex_value(text[at]) >= 0;
}

/// One %x of the kernel's sscanf (lib/vsprintf.c): white space, then digits; only the lowest 32
/// bits are kept.
std::optional<std::uint32_t> take_hex(std::string_view& text) {
    const auto begin = text.find_first_not_of(" \t\n\v\f\r");
    if (!is_hex_at(text, begin)) return std::nullopt;
    text.remove_prefix(begin);
    if (text.size() > 1 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
        text.remove_prefix(2);
    std::uint32_t value = 0;
    while (is_hex_at(text, 0)) {
        value = (value << 4U) | static_cast<std::uint32_t>(hex_value(text[0]));
        text.remove_prefix(1);
    }
    return value;
}

bool fits(std::uint32_t wanted, std::uint32_t value) {
    return wanted == DynamicId::any || wanted == value;
}

std::string digits(std::uint32_t value, int width) {
    std::array<char, 12> text{};
    std::snprintf(text.data(), text.size(), "%0*x", width, value);
    return text.data();
}

/// "1b21:2142", "1b21:any", "any:any".
std::string pair_text(std::uint32_t first, std::uint32_t second) {
    const auto one = [](std::uint32_t value) {
        return value == DynamicId::any ? std::string("any") : digits(value, 4);
    };
    return one(first) + ":" + one(second);
}

}  // namespace

std::optional<DynamicId> parse_dynamic_id(std::string_view entry) {
    DynamicId id;
    const std::array fields{&id.vendor,    &id.device,     &id.subvendor,
                            &id.subdevice, &id.class_code, &id.class_mask};
    std::size_t read = 0;
    for (std::uint32_t* const field : fields) {
        if (read > 0) {
            if (!entry.starts_with(':')) break;
            entry.remove_prefix(1);
        }
        const auto value = take_hex(entry);
        if (!value) break;
        *field = *value;
        ++read;
    }
    if (read < 2) return std::nullopt;
    return id;
}

std::vector<DynamicId> parse_dynamic_ids(std::string_view ids) {
    std::vector<DynamicId> found;
    if (ids.size() > longest_option) return found;
    while (!ids.empty()) {
        const auto comma = std::min(ids.find(','), ids.size());
        if (const auto id = parse_dynamic_id(ids.substr(0, comma))) found.push_back(*id);
        ids.remove_prefix(std::min(comma + 1, ids.size()));
    }
    return found;
}

bool matches(const DynamicId& id, const Function& function) {
    const PciId subsystem = function.subsystem.value_or(PciId{});
    const std::uint32_t class_code = function.place.class_code;
    return fits(id.vendor, function.id.vendor) && fits(id.device, function.id.device) &&
           fits(id.subvendor, subsystem.vendor) && fits(id.subdevice, subsystem.device) &&
           (class_code == unknown_class || ((id.class_code ^ class_code) & id.class_mask) == 0);
}

std::string to_string(const DynamicId& id) {
    std::string text = "every ";
    text += id.vendor == DynamicId::any && id.device == DynamicId::any
                ? "function"
                : pair_text(id.vendor, id.device);
    if (id.subvendor != DynamicId::any || id.subdevice != DynamicId::any)
        text += " of boards " + pair_text(id.subvendor, id.subdevice);
    constexpr std::uint32_t whole_class = 0xffffff;
    if ((id.class_mask & whole_class) == whole_class)
        text += " of class " + digits(id.class_code, 6);
    else if (id.class_mask != 0)
        text += " of class " + digits(id.class_code & id.class_mask, 6) + " under mask " +
                digits(id.class_mask, 6);
    return text;
}

}  // namespace ctrlpass
