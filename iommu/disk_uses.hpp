// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "iommu/host.hpp"
#include "iommu/root.hpp"

namespace ctrlpass {

/// What the host does with its disks: mounts, swap, and what is built upon them. Read when first
/// asked for.
class DiskUses {
  public:
    explicit DiskUses(const Root& root) : root_(root) {}

    /// All uses of a whole disk ("sda") and of its partitions. Holders (dm, md, bcache) are
    /// followed up to the last, whose mounts count as the disk's.
    std::vector<DiskUse> of(const std::string& disk);

    const std::optional<Error>& trouble() const { return trouble_; }

  private:
    void read();
    std::vector<std::string> lines_of(const std::string& path);
    void add_uses(const std::string& block, const std::string& node, std::vector<DiskUse>& uses,
                  int depth);

    const Root& root_;
    bool read_ = false;
    std::optional<Error> trouble_;
    std::multimap<std::string, std::string> mounts_;  ///< "8:2" or a source node to mount point
    std::vector<std::string> swaps_;                  ///< nodes
};

}  // namespace ctrlpass
