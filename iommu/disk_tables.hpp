// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "iommu/block.hpp"
#include "iommu/root.hpp"

namespace ctrlpass {

/// A line of fstab or crypttab that names a block device.
struct DiskLine {
    std::string text;                  ///< "line 7 of /etc/fstab: UUID=1234-ABCD on /srv"
    std::string spec;                  ///< "UUID=1234-ABCD", "/dev/sda2", "/dev/disk/by-id/…"
    std::optional<std::string> block;  ///< where the spec leads now: "sda2"
};

/// The lines of /etc/fstab and /etc/crypttab; of the latter also devices that hold a key file.
/// A file that is not there has none.
std::vector<DiskLine> read_disk_lines(const Root& root);

/// Does the line mean this device? By where its spec leads; of a tag without a link, and of a
/// btrfs, whose disks all have the same tags, by what udev knows.
bool names(const DiskLine& line, const Block& block);

}  // namespace ctrlpass
