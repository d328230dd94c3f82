// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "tests/src/diagnosed.hpp"

namespace ctrlpass::tests {

inline const std::string by_grub =
    "BOOT_IMAGE=/boot/vmlinuz-6.1.0-18-amd64 root=/dev/sda2 ro quiet";
inline const std::string defaults = "etc/default/grub";
inline const std::string folder = "etc/default/grub.d/";

/// VT-d is there and waits for intel_iommu=on.
inline Json waiting(const std::string& distribution = debian, const std::string& line = by_grub) {
    Json description = sound(machine("intel", "off-on-command-line"), distribution);
    description["command_line"] = line;
    return description;
}

inline Json with_grub(const std::string& text, const std::string& distribution = debian) {
    Json description = waiting(distribution);
    description["files"][defaults] = text;
    return description;
}

inline std::string hint_of(const Json& description) {
    return check_of(diagnosed(description), "iommu", CheckState::stop).hint;
}

}  // namespace ctrlpass::tests
