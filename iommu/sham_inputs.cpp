// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/sham_inputs.hpp"

#include <algorithm>
#include <array>

namespace ctrlpass {

namespace {

constexpr std::string_view bmc = "of the BMC";
constexpr std::string_view security_key = "a security key";

/// Products of a vendor, the last one included.
struct Products {
    std::uint16_t vendor;
    std::uint16_t first;
    std::uint16_t last;
    std::string_view what;
};

/// Source: usb.ids of 2025-07-26, where it has them; the others from lsusb of such machines.
constexpr std::array shams{
    Products{0x03f0, 0x1027, 0x1027, bmc},           // HP iLO 2 keyboard and mouse
    Products{0x03f0, 0x7029, 0x7029, bmc},           // HP iLO 3 and 4 (lsusb)
    Products{0x046b, 0xff00, 0xffff, bmc},           // American Megatrends MegaRAC
    Products{0x04b3, 0x4010, 0x4010, bmc},           // IBM and Lenovo IMM network link (lsusb)
    Products{0x0557, 0x2221, 0x2221, bmc},           // ATEN, Winbond Hermon (Supermicro)
    Products{0x0557, 0x2419, 0x2419, bmc},           // ATEN (Supermicro)
    Products{0x05a6, 0x0a01, 0x0a03, bmc},           // Cisco CIMC
    Products{0x0624, 0x0248, 0x0252, bmc},           // Avocent (Dell iDRAC)
    Products{0x0624, 0x0402, 0x0403, bmc},           // Avocent (Cisco)
    Products{0x0b1f, 0x0000, 0xffff, bmc},           // Insyde: firmware of BMCs only
    Products{0x1050, 0x0000, 0xffff, security_key},  // Yubico: they type one-time passwords
    Products{0x17ef, 0xb000, 0xb003, bmc},           // Lenovo
    Products{0x1d50, 0x60fc, 0x60fc, security_key},  // OnlyKey
    Products{0x413c, 0x0000, 0x0001, bmc},           // Dell DRAC 5
    Products{0x413c, 0xa102, 0xa102, bmc},           // Dell iDRAC network link
};

/// Source: pci.ids.
constexpr std::array bmc_controllers{
    PciId{0x103c, 0x3300},  // HP iLO 2, 3 and 4
    PciId{0x103c, 0x22f6},  // HPE iLO 5
};

}  // namespace

std::string_view sham_of(const PciId& usb_id) {
    const auto fits = [&](const Products& row) {
        return row.vendor == usb_id.vendor && row.first <= usb_id.device &&
               usb_id.device <= row.last;
    };
    const auto found = std::ranges::find_if(shams, fits);
    return found == shams.end() ? std::string_view{} : found->what;
}

bool is_bmc_controller(const PciId& id) {
    return std::ranges::find(bmc_controllers, id) != bmc_controllers.end();
}

}  // namespace ctrlpass
