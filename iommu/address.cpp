// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/address.hpp"

#include <array>
#include <cstdio>

#include "iommu/number.hpp"

namespace ctrlpass {

namespace {

/// A field of `least` to `most` hexadecimal digits, no sign, no prefix.
std::optional<std::uint32_t> hex_field(std::string_view text, std::size_t least, std::size_t most) {
    if (text.size() < least || text.size() > most) return std::nullopt;
    return number_in<std::uint32_t>(text, 16);
}

}  // namespace

std::optional<PciAddress> parse_address(std::string_view text) {
    const auto colon = text.find(':');
    if (colon == text.npos || text.size() != colon + 8 || text[colon + 3] != ':' ||
        text[colon + 6] != '.')
        return std::nullopt;
    const auto domain = hex_field(text.substr(0, colon), 4, 8);
    const auto bus = hex_field(text.substr(colon + 1, 2), 2, 2);
    const auto slot = hex_field(text.substr(colon + 4, 2), 2, 2);
    const auto function = hex_field(text.substr(colon + 7, 1), 1, 1);
    if (!domain || !bus || !slot || !function || *slot > 0x1f || *function > 7) return std::nullopt;
    return PciAddress{*domain, static_cast<std::uint8_t>(*bus), static_cast<std::uint8_t>(*slot),
                      static_cast<std::uint8_t>(*function)};
}

std::string to_string(const PciAddress& address) {
    std::array<char, 24> text{};
    std::snprintf(text.data(), text.size(), "%04x:%02x:%02x.%x", address.domain,
                  unsigned{address.bus}, unsigned{address.slot}, unsigned{address.function});
    return text.data();
}

std::optional<PciId> parse_id(std::string_view text) {
    if (text.size() != 9 || text[4] != ':') return std::nullopt;
    const auto vendor = hex_field(text.substr(0, 4), 4, 4);
    const auto device = hex_field(text.substr(5, 4), 4, 4);
    if (!vendor || !device) return std::nullopt;
    return PciId{static_cast<std::uint16_t>(*vendor), static_cast<std::uint16_t>(*device)};
}

std::string to_string(const PciId& id) {
    std::array<char, 12> text{};
    std::snprintf(text.data(), text.size(), "%04x:%04x", unsigned{id.vendor}, unsigned{id.device});
    return text.data();
}

}  // namespace ctrlpass
