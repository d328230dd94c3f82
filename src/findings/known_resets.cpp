// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/findings/known_resets.hpp"

#include <algorithm>
#include <array>

namespace ctrlpass {

namespace {

constexpr std::string_view flr_fails =
    "its function-level reset does not come back, and this kernel does not know that";
constexpr std::string_view no_flr = "Linux, drivers/pci/quirks.c, quirk_no_flr";
constexpr std::string_view renesas_dies =
    "a reset of its bus can take its PCIe link down, and the controller is then dead until the "
    "power goes off";
constexpr std::string_view renesas_source = "https://github.com/hathach/tinyusb/pull/3766";

constexpr std::array rows{
    KnownReset{{0x1022, 0x148c}, "AMD Starship USB 3.0", "flr", flr_fails, {}, no_flr},
    KnownReset{{0x1022, 0x149c}, "AMD Matisse USB 3.0", "flr", flr_fails, {}, no_flr},
    KnownReset{{0x1022, 0x1487}, "AMD Starship/Matisse HD Audio", "flr", flr_fails, {}, no_flr},
    KnownReset{{0x1022, 0x7901}, "AMD FCH SATA", "flr", flr_fails, {}, no_flr},
    KnownReset{{0x1912, 0x0014}, "Renesas uPD720201", "bus", renesas_dies, {}, renesas_source},
    KnownReset{{0x1912, 0x0015}, "Renesas uPD720202", "bus", renesas_dies, {}, renesas_source},
    KnownReset{
        {0x1022, 0x15b8},
        "AMD Ryzen 7000 USB 2.0",
        "",
        "on some boards the whole machine resets when a guest takes it",
        "It is said to help to turn \"XHCI Hand-off\" off in the firmware's setup. Otherwise "
        "accept it, with your work saved.",
        "https://github.com/QubesOS/qubes-issues/issues/8322"},
};

}  // namespace

std::span<const KnownReset> known_resets() { return rows; }

const KnownReset* known_reset_of(const PciId& id, const std::vector<std::string>& methods) {
    const auto speaks = [&](const KnownReset& row) {
        return row.id == id &&
               (row.method.empty() || (!methods.empty() && methods.front() == row.method));
    };
    const auto found = std::ranges::find_if(rows, speaks);
    return found == rows.end() ? nullptr : &*found;
}

bool has_uploaded_firmware(const PciId& id) {
    return id == PciId{0x1912, 0x0014} || id == PciId{0x1912, 0x0015};
}

}  // namespace ctrlpass
