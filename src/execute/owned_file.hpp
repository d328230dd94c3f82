// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "iommu/root.hpp"
#include "src/execute/disk.hpp"
#include "src/plan/setting.hpp"

namespace ctrlpass {

/// The file at an absolute path below the root. Errors: a symbolic link on the way or at its end,
/// anything but a regular file of at most 64 KiB of UTF-8 (a ledger could not hold it).
Result<FileState> read_owned_file(const Root& root, const std::string& path);

/// Puts the content there in one step, or takes the file away. Folders that are missing are made;
/// they leave with the file as far as `missing_folders` says that they were made for it, and only
/// when nothing else is in them. Modes are 0755 for a script (it starts with "#!"), otherwise 0644:
/// they are no part of the state. Until it is whole the file lies beside its folder, not in it: of
/// a folder of hooks each file is run. What a crash leaves there, the next
/// write takes away.
Result<> write_owned_file(const Root& root, Disk& disk, const std::string& path,
                          const FileState& state);

}  // namespace ctrlpass
