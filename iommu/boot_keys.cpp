// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/boot_keys.hpp"

#include <algorithm>
#include <array>

namespace ctrlpass {

namespace {

struct BootKey {
    std::string_view key;
    BootValue names;
};

constexpr std::array boot_keys{
    BootKey{"root", BootValue::device},
    BootKey{"resume", BootValue::device},
    BootKey{"usr", BootValue::device},
    BootKey{"mount.usr", BootValue::device},
    BootKey{"boot", BootValue::device},
    BootKey{"cryptdevice", BootValue::device},
    BootKey{"cryptkey", BootValue::device},
    BootKey{"cryptopts", BootValue::device},
    BootKey{"real_root", BootValue::device},
    BootKey{"real_resume", BootValue::device},
    BootKey{"root_key", BootValue::device},
    BootKey{"root_keydev", BootValue::device},
    BootKey{"swap_keydev", BootValue::device},
    BootKey{"crypt_root", BootValue::device},
    BootKey{"crypt_swap", BootValue::device},
    BootKey{"archisodevice", BootValue::device},
    BootKey{"misodevice", BootValue::device},
    BootKey{"img_dev", BootValue::device},
    BootKey{"live-media", BootValue::device},
    BootKey{"bootfrom", BootValue::device},
    BootKey{"persistent", BootValue::device},
    BootKey{"inst.stage2", BootValue::device},
    BootKey{"inst.repo", BootValue::device},
    BootKey{"inst.ks", BootValue::device},
    BootKey{"rd.live.overlay", BootValue::device},
    BootKey{"rd.luks.key", BootValue::device},
    BootKey{"luks.key", BootValue::device},
    BootKey{"rd.luks.data", BootValue::device},
    BootKey{"luks.data", BootValue::device},
    BootKey{"rd.luks.header", BootValue::device},
    BootKey{"luks.header", BootValue::device},
    BootKey{"cow_device", BootValue::device},
    BootKey{"systemd.mount-extra", BootValue::device},
    BootKey{"rd.systemd.mount-extra", BootValue::device},
    BootKey{"systemd.swap-extra", BootValue::device},
    BootKey{"rd.systemd.swap-extra", BootValue::device},
    BootKey{"systemd.verity_root_data", BootValue::device},
    BootKey{"systemd.verity_root_hash", BootValue::device},
    BootKey{"systemd.verity_usr_data", BootValue::device},
    BootKey{"systemd.verity_usr_hash", BootValue::device},
    BootKey{"fromiso", BootValue::device},
    BootKey{"rd.luks.options", BootValue::uuid_and_device},
    BootKey{"luks.options", BootValue::uuid_and_device},
    BootKey{"rd.luks.uuid", BootValue::uuid},
    BootKey{"luks.uuid", BootValue::uuid},
    BootKey{"rd.luks.name", BootValue::uuid},
    BootKey{"luks.name", BootValue::uuid},
    BootKey{"rd.md.uuid", BootValue::uuid},
    BootKey{"rd.luks.partuuid", BootValue::partition_uuid},
    BootKey{"luks.partuuid", BootValue::partition_uuid},
    BootKey{"archisolabel", BootValue::label},
    BootKey{"misolabel", BootValue::label},
    BootKey{"cow_label", BootValue::label},
    BootKey{"rd.lvm.lv", BootValue::volume},
    BootKey{"zfs", BootValue::pool},
    BootKey{"bootfs", BootValue::pool},
    BootKey{"nfsroot", BootValue::server},
    BootKey{"netroot", BootValue::server},
    BootKey{"nbdroot", BootValue::server},
};

}  // namespace

std::optional<BootValue> named_by_boot_key(std::string_view key) {
    const auto* const found = std::ranges::find(boot_keys, key, &BootKey::key);
    if (found == boot_keys.end()) return std::nullopt;
    return found->names;
}

}  // namespace ctrlpass
