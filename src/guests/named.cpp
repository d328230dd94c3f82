// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/guests/named.hpp"

namespace ctrlpass {

std::string usb_text(const UsbMatch& match) {
    const auto id = [](const std::optional<unsigned>& number) {
        if (!number || *number > 0xffff) return std::string("any");
        return to_string(PciId{static_cast<std::uint16_t>(*number), 0}).substr(0, 4);
    };
    std::string text = "USB device";
    if (match.vendor || match.product) text += " " + id(match.vendor) + ":" + id(match.product);
    if (match.device) text += " " + std::to_string(*match.device);
    if (!match.port.empty()) text += " at port " + match.port;
    if (match.bus)
        text += (match.device || !match.port.empty() ? " of bus " : " on bus ") +
                std::to_string(*match.bus);
    return text == "USB device" ? "any USB device" : text;
}

}  // namespace ctrlpass
