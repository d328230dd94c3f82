// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ctrlpass {

/// The place of a PCI function: 0000:0a:00.3. Domains have four hexadecimal digits or more (Intel
/// VMD starts at 10000). It is a place, not a thing: adding a card moves what is behind it.
struct PciAddress {
    std::uint32_t domain = 0;
    std::uint8_t bus = 0;
    std::uint8_t slot = 0;      ///< 0 to 31
    std::uint8_t function = 0;  ///< 0 to 7
    auto operator<=>(const PciAddress&) const = default;
};

/// Strict: the full form DDDD:BB:DD.F, hexadecimal whatever the leading digit, nothing around it.
std::optional<PciAddress> parse_address(std::string_view text);

/// The kernel's spelling, lower case.
std::string to_string(const PciAddress& address);

/// Vendor and device (or subsystem vendor and device): 1022:149c.
struct PciId {
    std::uint16_t vendor = 0;
    std::uint16_t device = 0;
    auto operator<=>(const PciId&) const = default;
};

/// Strict: VVVV:DDDD, four hexadecimal digits each.
std::optional<PciId> parse_id(std::string_view text);
std::string to_string(const PciId& id);

}  // namespace ctrlpass
