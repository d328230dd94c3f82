// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "iommu/boot_loader.hpp"
#include "iommu/shell_assignments.hpp"

namespace ctrlpass {

/// /etc/default/grub, or a file of /etc/default/grub.d.
struct GrubFile {
    std::string place;
    ShellText text;  ///< its GRUB_CMDLINE_LINUX…
    bool operator==(const GrubFile&) const = default;
};

/// Is grub.d read, after /etc/default/grub? Debian's grub-mkconfig does so; of others it is asked
/// only when there is a file whose words would count.
enum class GrubFolder { absent, read, not_known };

/// The files from which the kernel's command line of the next boot is made.
struct BootFiles {
    BootLoader loader;
    std::vector<GrubFile> grub;  ///< in the order in which they are read
    GrubFolder grub_folder = GrubFolder::absent;
    bool grub_without_entries = false;      ///< GRUB_ENABLE_BLSCFG is there and not true
    std::vector<std::string> grub_tools;    ///< "update-grub", "grub-mkconfig", "grub2-mkconfig"
    std::vector<std::string> grub_configs;  ///< "/boot/grub/grub.cfg", "/boot/grub2/grub.cfg"
    std::optional<std::string> kernel_cmdline;  ///< etc/kernel/cmdline
    bool proxmox_boot_tool = false;             ///< it has partitions to look after
    std::string ostree;  ///< what tells that it started this system: "/run/ostree-booted is there"
    bool nixos = false;
    std::string loader_type;  ///< of SUSE's etc/sysconfig/bootloader: "grub2-efi", "grub2-bls"
    bool operator==(const BootFiles&) const = default;
};

BootFiles read_boot_files(const Root& root, bool is_debian);

}  // namespace ctrlpass
