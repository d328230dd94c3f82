// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

namespace ctrlpass {

/// Opens a block device as only one may have it, and closes it at once: 0, or an errno. EBUSY: a
/// file system, swap or something else in the kernel has it, or a process that opened it so.
/// ENODEV: the node is no block device, or another one than that with this number ("8:16").
/// Neither writes to it nor needs a medium; a disk that sleeps is woken.
int open_disk_alone(const std::string& node, const std::string& number);

}  // namespace ctrlpass
