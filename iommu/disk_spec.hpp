// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "iommu/block.hpp"
#include "iommu/root.hpp"

namespace ctrlpass {

/// A name of a block device in a table: a node, a link, a tag, or what udev knows of it.
struct DiskSpec {
    std::string text;                  ///< "UUID=1234-ABCD", "/dev/sda2", "/dev/disk/by-id/…"
    std::optional<std::string> block;  ///< where it leads now: "sda2"
    /// The property of udev that says the same, and its values in any case of letters; "" without.
    std::string property = {};
    std::vector<std::string> values = {};
    /// The value is a number that is written with and without '-' and ':'.
    bool digits = false;
    /// Where udev knows the property it decides: the path may have been another disk's since.
    bool by_property = false;
    bool of_whole_disk = false;  ///< partitions have the property too
};

/// A field that is a device: below /dev, or a tag of fstab(5).
bool is_device(std::string_view field);
std::optional<DiskSpec> disk_spec(const Root& root, const std::string& field);

/// Are there more readings of the field than are taken?
bool has_too_many_parts(std::string_view field);

/// All readings of a field that names a device beside other things, in whatever order:
/// "/keys/data.key:LABEL=KEYS", "/dev/sdb1:/keys/data.key:20", "live:UUID=…". At most 64.
std::vector<DiskSpec> disk_specs_in(const Root& root, std::string_view field);

/// Does it mean this device? By where it leads; of a tag without a link, and of a btrfs, whose
/// disks all have the same tags, by what udev knows.
bool means(const DiskSpec& spec, const Block& block);

/// A label with its \xNN, as systemd and udev write it, decoded.
std::string decoded_label(std::string_view text);

}  // namespace ctrlpass
