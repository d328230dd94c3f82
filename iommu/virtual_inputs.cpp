// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/virtual_inputs.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace ctrlpass {

namespace {

constexpr std::string_view bmc = "of the BMC";
constexpr std::string_view security_key = "a security key";
constexpr std::string_view scanner = "a card or bar-code reader";
constexpr std::string_view remote_control = "a receiver of remote controls";
constexpr std::string_view game_controller = "a game controller";
constexpr std::string_view thermometer = "a thermometer";

/// Products of a vendor, the last one included.
struct Products {
    std::uint16_t vendor;
    std::uint16_t first;
    std::uint16_t last;
    std::string_view what;
};

/// Source: usb.ids of 2025-07-26, where it has them; the others from lsusb of such machines.
constexpr std::array virtual_inputs{
    Products{0x03eb, 0x2049, 0x2049, scanner},         // Atmel Stripe Snoop
    Products{0x03f0, 0x0139, 0x0139, scanner},         // HP bar-code scanner 4430
    Products{0x03f0, 0x1027, 0x1027, bmc},             // HP iLO 2 keyboard and mouse
    Products{0x03f0, 0x1539, 0x1539, scanner},         // HP magnetic stripe reader
    Products{0x03f0, 0x1d24, 0x1d24, scanner},         // HP bar-code scanner
    Products{0x03f0, 0x2724, 0x2724, scanner},         // HP magnetic stripe reader
    Products{0x03f0, 0x7029, 0x7029, bmc},             // HP iLO 3 and 4 (lsusb)
    Products{0x040b, 0x6510, 0x6510, scanner},         // Weltrend bar-code reader
    Products{0x040b, 0x6543, 0x6543, scanner},         // Weltrend, Manhattan magnetic card reader
    Products{0x0416, 0xc141, 0xc141, scanner},         // Winbond bar-code scanner
    Products{0x046b, 0xff00, 0xffff, bmc},             // American Megatrends MegaRAC
    Products{0x04b3, 0x4010, 0x4010, bmc},             // IBM and Lenovo IMM network link (lsusb)
    Products{0x04b4, 0xbca1, 0xbca1, scanner},         // Cypress bar-code reader
    Products{0x04b4, 0xde61, 0xde64, scanner},         // Cypress bar-code reader
    Products{0x0536, 0x0000, 0xffff, scanner},         // Hand Held Products: scanners only
    Products{0x0557, 0x2221, 0x2221, bmc},             // ATEN, Winbond Hermon (Supermicro)
    Products{0x0557, 0x2419, 0x2419, bmc},             // ATEN (Supermicro)
    Products{0x0581, 0x0100, 0x02ff, scanner},         // Racal, Tera bar-code scanners
    Products{0x05a6, 0x0a01, 0x0a03, bmc},             // Cisco CIMC
    Products{0x05e0, 0x0000, 0xffff, scanner},         // Symbol (Zebra): scanners only
    Products{0x05f9, 0x0000, 0xffff, scanner},         // PSC, Datalogic: scanners only
    Products{0x0624, 0x0248, 0x0252, bmc},             // Avocent (Dell iDRAC)
    Products{0x0624, 0x0402, 0x0403, bmc},             // Avocent (Cisco)
    Products{0x065a, 0x0000, 0xffff, scanner},         // Opticon: scanners only
    Products{0x067e, 0x0801, 0x0801, scanner},         // Intermec bar-code scanner
    Products{0x0745, 0x0000, 0xffff, scanner},         // Syntech, CipherLab: scanners only
    Products{0x0801, 0x0000, 0xffff, scanner},         // MagTek: card readers only
    Products{0x080c, 0x0000, 0xffff, scanner},         // Datalogic: scanners only
    Products{0x08ff, 0x0009, 0x0009, scanner},         // Sycreader RFID (lsusb)
    Products{0x09d8, 0x0000, 0xffff, scanner},         // Elatec: RFID readers only
    Products{0x0aa7, 0x0402, 0x0402, scanner},         // Wincor Nixdorf card reader
    Products{0x0acd, 0x0000, 0xffff, scanner},         // ID Tech: card readers only
    Products{0x0b1f, 0x0000, 0xffff, bmc},             // Insyde: firmware of BMCs only
    Products{0x0c27, 0x0000, 0xffff, scanner},         // RF IDeas: card readers only
    Products{0x0c2e, 0x0000, 0xffff, scanner},         // Metrologic, Honeywell: scanners only
    Products{0x0c45, 0x7401, 0x7402, thermometer},     // TEMPer
    Products{0x0d3a, 0x0500, 0x0500, scanner},         // Posiflex magnetic stripe reader
    Products{0x0db5, 0x013a, 0x013a, scanner},         // Access IS bar-code module
    Products{0x1050, 0x0000, 0xffff, security_key},    // Yubico: they type one-time passwords
    Products{0x1243, 0xe000, 0xe000, scanner},         // Holtek RFID reader
    Products{0x13ba, 0x0018, 0x0018, scanner},         // PCPlay bar-code scanner
    Products{0x15c2, 0x0000, 0xffff, remote_control},  // SoundGraph iMON
    Products{0x1667, 0x0005, 0x0005, scanner},         // GIGA-TMS RFID reader
    Products{0x17ef, 0xb000, 0xb003, bmc},             // Lenovo
    Products{0x1d50, 0x60fc, 0x60fc, security_key},    // OnlyKey
    Products{0x1d57, 0xac08, 0xac08, scanner},         // Xenta RFID receiver
    Products{0x1eab, 0x0000, 0xffff, scanner},         // Newland: scanners only
    Products{0x20a0, 0x0001, 0x0006, remote_control},  // Flirc (lsusb)
    Products{0x20a0, 0x4108, 0x4109, security_key},    // Nitrokey Pro and Storage (lsusb)
    Products{0x24ae, 0x0197, 0x0197, scanner},         // Rapoo, meva bar-code scanner
    Products{0x24ea, 0x0197, 0x0197, scanner},         // Meva bar-code scanner
    Products{0x28de, 0x0000, 0xffff,
             game_controller},  // Valve: its controllers type and point until a game takes them
    Products{0x413c, 0x0000, 0x0001, bmc},          // Dell DRAC 5
    Products{0x413c, 0xa102, 0xa102, bmc},          // Dell iDRAC network link
    Products{0x413d, 0x2107, 0x2107, thermometer},  // TEMPer (lsusb)
    Products{0x5131, 0x2007, 0x2007, scanner},      // MSR-101U card reader
    Products{0xc216, 0x0180, 0x0180, scanner},      // MSR90 card reader
    Products{0xffff, 0x0035, 0x0035, scanner},      // Sycreader RFID (lsusb)
};

/// Source: usb.ids: all that Logitech has at these numbers, and Bluetooth adapters that play a
/// keyboard and a mouse until a driver takes them. Others are told by their names.
constexpr std::array known_receivers{
    Products{0x045e, 0x0745, 0x0745, {}},  // Microsoft Nano Transceiver
    Products{0x045e, 0x07a5, 0x07b2, {}},  // Microsoft known_receivers
    Products{0x046d, 0x0b02, 0x0b02, {}},  // Logitech C-UV35, HID proxy mode
    Products{0x046d, 0xc500, 0xc5ff, {}},  // Logitech
    Products{0x046d, 0xc700, 0xc7ff, {}},  // Logitech Bluetooth Mini-Receiver
    Products{0x05ac, 0x1000, 0x1000, {}},  // Apple Bluetooth, HID mode
    Products{0x0a12, 0x1000, 0x1000, {}},  // Cambridge Silicon Radio, HID proxy mode
    Products{0x0a5c, 0x4502, 0x4503, {}},  // Broadcom
    Products{0x413c, 0x8157, 0x8158, {}},  // Dell, Broadcom
    Products{0x413c, 0x8161, 0x8162, {}},  // Dell, Broadcom
};

/// Source: pci.ids.
constexpr std::array bmc_controllers{
    PciId{0x103c, 0x3300},  // HP iLO 2, 3 and 4
    PciId{0x103c, 0x22f6},  // HPE iLO 5
};

const Products* find_row(std::span<const Products> rows, const PciId& id) {
    const auto fits = [&](const Products& row) {
        return row.vendor == id.vendor && row.first <= id.device && id.device <= row.last;
    };
    const auto found = std::ranges::find_if(rows, fits);
    return found == rows.end() ? nullptr : &*found;
}

}  // namespace

std::string_view kind_of_virtual_input(const PciId& usb_id) {
    const Products* const row = find_row(virtual_inputs, usb_id);
    return row == nullptr ? std::string_view{} : row->what;
}

bool is_known_receiver(const PciId& usb_id) { return find_row(known_receivers, usb_id) != nullptr; }

bool is_bmc_controller(const PciId& id) {
    return std::ranges::find(bmc_controllers, id) != bmc_controllers.end();
}

}  // namespace ctrlpass
