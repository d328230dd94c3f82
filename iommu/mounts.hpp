// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

#include "iommu/root.hpp"

namespace ctrlpass {

struct Mount {
    std::string number;  ///< "8:2"; one of its own for btrfs, zfs and overlay
    std::string source;  ///< "/dev/sda2", "tank/home"
    std::string type;
    std::string where;
    bool operator==(const Mount&) const = default;
};

/// What is mounted and what is swapped to.
struct Mounts {
    std::vector<Mount> mounts;
    std::vector<std::string> swaps;  ///< nodes
};

/// Errors: a table cannot be read, and then nothing is known to be free.
Result<Mounts> read_mounts(const Root& root);

}  // namespace ctrlpass
