// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ctrlpass {

/// The last lines of the kernel's log that name this ("0000:0a:00.3"), oldest first, each as dmesg
/// shows it: "[  123.456789] vfio-pci 0000:0a:00.3: …". Few and short; the text is hostile. Never
/// waits. Nothing where it may not be read.
std::vector<std::string> kernel_log_about(std::string_view name);

/// One record of /dev/kmsg as such a line; nothing when it does not name it.
std::string line_about(std::string_view record, std::string_view name);

}  // namespace ctrlpass
