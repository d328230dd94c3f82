// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "iommu/block.hpp"
#include "iommu/disk_tables.hpp"
#include "iommu/host.hpp"
#include "iommu/mounts.hpp"
#include "iommu/root.hpp"

namespace ctrlpass {

/// What the host does with its disks: mounts, swap, what is built upon them, and what fstab and
/// crypttab say. Read when first asked for.
class DiskUses {
  public:
    explicit DiskUses(const Root& root) : root_(root) {}

    /// All uses of a whole disk ("sda") and of its partitions. What is built upon them (dm, md,
    /// bcache, loop devices) is followed up to the last, with the partitions on the way; a btrfs
    /// counts for each of its disks, a zfs pool while it is imported, a physical volume of LVM
    /// until its group is exported.
    std::vector<DiskUse> of(const std::string& disk);

    const std::optional<Error>& trouble() const { return trouble_; }

  private:
    struct Asked;

    void read();
    void add_uses(const Asked& asked, std::vector<DiskUse>& uses);
    void add_mounts(const Block& block, const Asked& asked, std::vector<DiskUse>& uses) const;
    void add_btrfs(const Block& block, const Asked& asked, std::vector<DiskUse>& uses) const;
    void add_zfs(const Block& block, const Asked& asked, std::vector<DiskUse>& uses) const;
    void add_lines(const Block& block, const Asked& asked, std::vector<DiskUse>& uses) const;
    bool add_above(const std::string& name, const Asked& asked, std::vector<DiskUse>& uses);
    std::optional<DiskLayer> idle_volume(const Block& block) const;

    const Root& root_;
    bool read_ = false;
    std::optional<Error> trouble_;
    Mounts mounts_;
    std::vector<DiskLine> lines_;
    std::vector<std::vector<std::string>> btrfs_;    ///< the disks of each that is mounted
    std::multimap<std::string, std::string> loops_;  ///< backing node to name
};

}  // namespace ctrlpass
