// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

#include "iommu/root.hpp"

namespace ctrlpass {

/// The program that started the running kernel.
struct BootLoader {
    enum class Kind {
        unknown,
        grub,
        systemd_boot,
        unified_image,  ///< systemd-stub: the kernel's file has the command line in it
        other,          ///< it has told its name
    };
    Kind kind = Kind::unknown;
    std::string name;      ///< as it tells it: "systemd-boot 252.22", "GRUB 2.12"; or "GRUB"
    std::string evidence;  ///< what tells it: "the EFI variable LoaderInfo says \"GRUB 2.12\""
    /// Files of boot loaders that are there, whichever was used: "/boot/extlinux/extlinux.conf".
    std::vector<std::string> places;
    bool operator==(const BootLoader&) const = default;
};

/// By the variables of the Boot Loader Interface (https://systemd.io/BOOT_LOADER_INTERFACE) where
/// there is EFI, otherwise by how the command line looks and by whose files are there.
BootLoader read_boot_loader(const Root& root, const std::string& command_line);

}  // namespace ctrlpass
