// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "iommu/block.hpp"
#include "iommu/disk_tables.hpp"
#include "iommu/host.hpp"
#include "iommu/kernel_users.hpp"
#include "iommu/mounts.hpp"
#include "iommu/root.hpp"
#include "iommu/zfs_pools.hpp"

namespace ctrlpass {

/// What the host does with its disks: mounts, swap, what is built upon them and upon files on
/// them, what the kernel exports, and what tables name for the next boot. Read when first asked
/// for.
class DiskUses {
  public:
    explicit DiskUses(const Root& root) : root_(root) {}

    /// All uses of a whole disk ("sda") and of its partitions. What is built upon them (dm, md,
    /// bcache, loop devices) is followed up to the last, with the partitions on the way, and on
    /// through files on the file systems: images, overlays, swap files, exports. A btrfs counts
    /// for each of its disks, a zfs pool while it is imported, a physical volume of LVM until its
    /// group is exported.
    std::vector<DiskUse> of(const std::string& disk);

    /// The same of a mount that is on no disk of this machine: itself, and what stands upon it.
    /// `node` is what it is called.
    std::vector<DiskUse> of_mount(const Mount& mount, const std::string& node);

    const std::vector<Mount>& mounts();
    const std::optional<Error>& trouble() const { return trouble_; }

  private:
    struct Asked;

    void read();
    void place_users();
    void look_for_hidden_root();
    void add_uses(const Asked& asked, std::vector<DiskUse>& uses);
    void add_mounts(const Block& block, const Asked& asked, std::vector<DiskUse>& uses);
    void add_btrfs(const Block& block, const Asked& asked, std::vector<DiskUse>& uses);
    void add_zfs(const Block& block, const Asked& asked, std::vector<DiskUse>& uses);
    void add_places(const std::vector<const Mount*>& places, const Asked& asked,
                    std::vector<DiskUse>& uses);
    void add_upon_files(const std::string& number, const Asked& asked, std::vector<DiskUse>& uses);
    void add_user(const KernelUser& user, const Asked& asked, std::vector<DiskUse>& uses);
    void add_lines(const Block& block, const Asked& asked, std::vector<DiskUse>& uses) const;
    bool add_above(const Block& block, const Asked& asked, std::vector<DiskUse>& uses);
    void add_device(const std::string& name, const DiskLayer& layer, const Asked& asked,
                    std::vector<DiskUse>& uses);
    void add_doubts(const std::string& disk, std::vector<DiskUse>& uses) const;
    std::optional<DiskLayer> idle_layer(const Block& block) const;
    std::optional<DiskLayer> idle_volume(const Block& block) const;

    const Root& root_;
    bool read_ = false;
    std::optional<Error> trouble_;
    Mounts mounts_;
    DiskTables tables_;
    ZfsPools pools_;
    std::vector<std::vector<std::string>> btrfs_;  ///< the disks of each that is mounted
    std::vector<KernelUser> users_;
    std::multimap<std::string, const KernelUser*> of_block_;  ///< by name: "sdb1"
    std::multimap<std::string, const KernelUser*> of_files_;  ///< by the mount's number: "8:17"
    /// Of an overlay on / the folder that is mounted where it cannot be seen any more.
    std::string hidden_folder_;
    std::size_t steps_ = 0;  ///< left for the disk that is asked about
};

}  // namespace ctrlpass
