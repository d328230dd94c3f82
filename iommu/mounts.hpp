// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "iommu/host.hpp"
#include "iommu/root.hpp"

namespace ctrlpass {

struct Mount {
    std::string number;  ///< "8:2"; one of its own for btrfs, zfs and overlay
    std::string source;  ///< "/dev/sda2", "tank/home"
    std::string type;
    std::string where;
    /// In whose mount namespace, where it is not our own: the first of its processes.
    std::optional<Process> process = {};
    bool operator==(const Mount&) const = default;
};

/// What is mounted and what is swapped to.
struct Mounts {
    std::vector<Mount> mounts;
    std::vector<std::string> swaps;  ///< nodes
};

/// Could it be on a disk? Of others no name tells.
bool may_be_on_disk(const Mount& mount);

/// Errors: a table cannot be read, and then nothing is known to be free.
Result<Mounts> read_mounts(const Root& root);

/// Adds what is mounted in other mount namespaces, those of containers and of services with
/// mounts of their own (mount_namespaces(7)), and not in ours: the file systems on disks, of every
/// namespace in which a process is that we may look into.
void add_mounts_elsewhere(const Root& root, Mounts& mounts);

}  // namespace ctrlpass
