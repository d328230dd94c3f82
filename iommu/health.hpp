// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "iommu/boot_files.hpp"
#include "iommu/host.hpp"
#include "iommu/initramfs_files.hpp"
#include "iommu/module_files.hpp"
#include "iommu/root.hpp"

namespace ctrlpass {

/// What os-release(5) says: commands differ by distribution.
struct Distribution {
    std::string id;                 ///< "debian", "" where it is not known
    std::vector<std::string> like;  ///< its kin, nearest first
    std::string name;               ///< for people: "Debian GNU/Linux 12 (bookworm)"
    bool is_like(const std::string& which) const;
    bool operator==(const Distribution&) const = default;
};

/// /dev/vfio/vfio: its mode is known on the live machine only.
struct VfioNode {
    bool there = false;
    std::optional<unsigned> mode;  ///< permission bits
    bool operator==(const VfioNode&) const = default;
};

/// A domain of Thunderbolt or USB4 (Documentation/ABI/testing/sysfs-bus-thunderbolt).
struct ThunderboltDomain {
    std::string name;  ///< "domain0"
    std::string security;
    std::optional<bool> dma_protection;  ///< iommu_dma_protection; absent in old kernels
    bool operator==(const ThunderboltDomain&) const = default;
};

/// What `doctor` asks of a host beyond what a plan needs to know.
struct Health {
    Distribution distribution;
    Processor processor = Processor::other;
    bool efi = false;
    std::string release;                          ///< of the running kernel
    bool has_modules = false;                     ///< lib/modules has a directory for it
    std::vector<std::string> other_releases;      ///< kernels whose modules are there instead
    std::map<std::string, ModuleSource> modules;  ///< vfio-pci, vfio_iommu_type1
    std::vector<ConfigLine> module_lines;         ///< of modprobe.d: `install`, `softdep`, …
    std::vector<ConfigLine> initramfs_lines;      ///< that put vfio-pci into the initramfs
    bool xhci_built_in = false;                   ///< the host driver is there from the start
    BootFiles boot;
    std::optional<std::string> lockdown;  ///< "none", "integrity", "confidentiality"
    std::optional<bool> secure_boot;      ///< absent without EFI
    VfioNode vfio_node;                   ///< /dev/vfio/vfio
    std::vector<ThunderboltDomain> thunderbolt;
    std::map<std::string, std::string> driverctl;  ///< address → driver, of /etc/driverctl.d
    bool has_libvirt = false;                      ///< one of its daemons is installed
    bool usbguard = false;                         ///< its daemon is running
    bool irqbalance = false;                       ///< likewise
    bool operator==(const Health&) const = default;
};

/// Small reads; what is not there is not an error.
Health read_health(const Root& root);

}  // namespace ctrlpass
