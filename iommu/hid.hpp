// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace ctrlpass {

/// The usage pages of the applications that a HID report descriptor declares, in its order (HID
/// 1.11, 6.2.2): 0xf1d0 of a FIDO key, 0x84 of a UPS. A descriptor that ends within an item gives
/// what came before.
std::vector<std::uint16_t> hid_applications(std::string_view descriptor);

}  // namespace ctrlpass
