// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string_view>

namespace ctrlpass {

/// What a value on the kernel command line names.
enum class BootValue {
    device,  ///< a disk, or one among other things
    label,
    uuid,  ///< "luks-7e0b…", "7e0b…=name"
    uuid_and_device,
    partition_uuid,
    volume,  ///< of LVM: "vg/root"
    pool,    ///< of ZFS: "tank/ROOT/debian"
    server,  ///< a place elsewhere on the network
};

/// Of the kernel's words, systemd's, dracut's, initramfs-tools', mkinitcpio's, genkernel's and live
/// systems'; nothing of a word that names none of these.
std::optional<BootValue> named_by_boot_key(std::string_view key);

}  // namespace ctrlpass
