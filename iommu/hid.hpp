// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace ctrlpass {

/// What an application collection of a HID report descriptor is for: {0x01, 0x06} is a keyboard.
struct HidUsage {
    std::uint16_t page = 0;
    std::uint16_t usage = 0;
    bool operator==(const HidUsage&) const = default;
};

/// The usages of the applications that a HID report descriptor declares, in its order (HID
/// 1.11, 6.2.2). A descriptor that ends within an item gives what came before.
std::vector<HidUsage> hid_usages(std::string_view descriptor);

/// Their pages alone: 0xf1d0 of a FIDO key, 0x84 of a UPS.
std::vector<std::uint16_t> hid_applications(std::string_view descriptor);

}  // namespace ctrlpass
