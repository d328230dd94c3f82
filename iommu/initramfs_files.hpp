// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

#include "iommu/root.hpp"

namespace ctrlpass {

/// A line of a configuration file.
struct ConfigLine {
    std::string place;  ///< the file: "/etc/modprobe.d/vfio.conf"
    std::string text;
    bool operator==(const ConfigLine&) const = default;
};

/// dracut.conf(5): the administrator's, and those that come with the distribution where none of the
/// same name hides them.
std::vector<std::string> dracut_files(const Root& root);

/// Lines that put modules which lend functions (vfio-pci, pci-stub, xen-pciback) into the
/// initramfs, as initramfs-tools(7), dracut.conf(5) and mkinitcpio.conf(5) have them.
std::vector<ConfigLine> read_initramfs_lines(const Root& root);

}  // namespace ctrlpass
