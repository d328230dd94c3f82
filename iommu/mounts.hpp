// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
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
    std::string options = {};  ///< of the file system, as the kernel writes them: escaped
    bool operator==(const Mount&) const = default;
};

/// What is mounted and what is swapped to.
struct Mounts {
    std::vector<Mount> mounts;
    std::vector<std::string> swaps;       ///< nodes
    std::vector<std::string> swap_files;  ///< paths
};

/// Without these the host does not go on: "/", "/boot", "/usr" and their like.
bool is_of_the_system(const std::string& mount_point);

/// Where live systems and image-based ones mount what they have started from.
bool is_live_medium(const std::string& mount_point);

/// The values of an option that may stand there several times, unescaped.
std::vector<std::string> option_values(const Mount& mount, std::string_view key);

/// The folders of an overlay that lie on other file systems: lower, upper, work.
std::vector<std::string> folders_of_overlay(const Mount& mount);

/// Finds the mount that a path lies on, of our own namespace. The mounts must outlive it.
class MountPoints {
  public:
    explicit MountPoints(const std::vector<Mount>& mounts);
    /// nullptr where it is no absolute path, or nothing is mounted.
    const Mount* of(const std::string& path) const;

  private:
    std::map<std::string, const Mount*> by_place_;
};

/// A path as the kernel shows it of an open file, which may be deleted.
std::string without_deleted(std::string path);

/// Could it be on a disk? Of others no name tells.
bool may_be_on_disk(const Mount& mount);

/// Errors: a table cannot be read, and then nothing is known to be free.
Result<Mounts> read_mounts(const Root& root);

/// Adds what is mounted in other mount namespaces, those of containers and of services with
/// mounts of their own (mount_namespaces(7)), and not in ours: the file systems on disks, of every
/// namespace in which a process is that we may look into.
void add_mounts_elsewhere(const Root& root, Mounts& mounts);

}  // namespace ctrlpass
