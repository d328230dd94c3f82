// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/findings/table_remedies.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "src/render/text.hpp"

namespace ctrlpass {

namespace {

/// A unit of the administrator's is disabled; one of the distribution's or of a generator is
/// masked, which needs a name that is free in /etc.
std::string unit_remedy(const DiskUse& use) {
    const bool own = use.file.starts_with("/etc/systemd/system/" + use.unit) ||
                     use.file.find(".wants/") != use.file.npos ||
                     use.file.find(".requires/") != use.file.npos;
    if (own)
        return "Disable the unit, or accept it:\n    systemctl disable " + shell_word(use.unit);
    return "Mask the unit, or accept it:\n    systemctl mask " + shell_word(use.unit);
}

struct TableRemedy {
    std::string_view file;  ///< how its path begins
    std::string_view text;
};
constexpr std::array table_remedies{
    TableRemedy{"the kernel command line",
                "Take the word out of the boot loader's configuration, or accept it."},
    TableRemedy{"/etc/kernel/cmdline", "Take the word out of the file, or accept it."},
    TableRemedy{"/boot/grub",
                "Take the word out of /etc/default/grub and make grub.cfg anew, or accept it."},
    TableRemedy{"/boot/loader/entries/", "Take the word out of the entry, or accept it."},
    TableRemedy{"/boot/efi/loader/entries/", "Take the word out of the entry, or accept it."},
    TableRemedy{"/efi/loader/entries/", "Take the word out of the entry, or accept it."},
    TableRemedy{"/etc/initramfs-tools/conf.d/",
                "Set RESUME=none there, or accept it:\n    update-initramfs -u"},
    TableRemedy{"/etc/zfs/zpool.cache",
                "Import the pool and export it, or accept it:\n    zpool import\n    zpool export "
                "POOL"},
    TableRemedy{"/etc/lvm/devices/",
                "Take the device off LVM's list, or accept it:\n    lvmdevices --deldev DEVICE"},
    TableRemedy{"/etc/multipath/wwids",
                "Take the disk off multipath's list, or accept it:\n    multipath -w DEVICE"},
    TableRemedy{"/etc/rtslib-fb-target/",
                "Delete the backing store and save that, or accept it:\n    targetcli ls "
                "/backstores\n    targetcli saveconfig"},
    TableRemedy{"/etc/target/",
                "Delete the backing store and save that, or accept it:\n    targetcli ls "
                "/backstores\n    targetcli saveconfig"},
    TableRemedy{"/etc/security/pam_mount",
                "Take the volume out of the file, or accept that it is not mounted at a login."},
};

}  // namespace

std::string table_remedy(const DiskUse& use) {
    if (use.kind == DiskUse::Kind::maybe_listed)
        return "Look what the file or the program means, or accept it.";
    if (!use.unit.empty()) return unit_remedy(use);
    const auto* const known = std::ranges::find_if(table_remedies, [&](const TableRemedy& remedy) {
        return use.file.starts_with(remedy.file);
    });
    return known == table_remedies.end() ? std::string() : std::string(known->text);
}

}  // namespace ctrlpass
