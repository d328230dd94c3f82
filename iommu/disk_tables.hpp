// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "iommu/block.hpp"
#include "iommu/disk_spec.hpp"
#include "iommu/mounts.hpp"
#include "iommu/root.hpp"

namespace ctrlpass {

/// A place that names a block device for the next boot.
struct DiskLine {
    std::string place;            ///< "line 7 of /etc/fstab", "/etc/systemd/system/srv.mount"
    std::string purpose;          ///< " on /srv", " for the key of home"
    std::vector<DiskSpec> specs;  ///< one device, in all readings of the field
    /// What is shown instead of the reading that fits.
    std::string shown = {};
    /// It cannot be told which device is meant: this says so, and counts for every disk.
    std::string unclear = {};
    std::string unit = {};  ///< the unit of systemd that it belongs to: "srv.mount"
};

/// What tables say of disks, as far as it is read of them.
struct DiskTables {
    std::vector<DiskLine> lines;
    bool root_is_named = false;  ///< root= on the kernel command line names a disk that is there
};

/// A table that only root can read has no lines; see `disk_tables` for what to say of it.
DiskTables read_disk_tables(const Root& root, const std::vector<Mount>& mounts);

/// The single files among them, for who wants to know whether they can be read.
std::vector<std::string> disk_tables();

/// "/etc/fstab" of "line 7 of /etc/fstab".
std::string file_of(const DiskLine& line);

/// "line 7 of /etc/fstab: UUID=1234-ABCD on /srv", if the line means this device.
std::optional<std::string> text_for(const DiskLine& line, const Block& block);

}  // namespace ctrlpass
