// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "iommu/root.hpp"

namespace ctrlpass {

/// Ids of the processes in /proc, smallest first.
std::vector<int> process_ids(const Root& root);

/// Its directory: "proc/711".
std::string process_home(int pid);

/// Its command name, hostile text; "" when it is gone.
std::string process_name(const Root& root, int pid);

/// When the process started, in clock ticks since the boot; empty where there is none, or where it
/// has ended and only waits to be collected. A thread's home is below its process's.
std::string start_of_process(const Root& root, int pid);
std::string start_in(const Root& root, const std::string& home);

/// The same in seconds since the epoch, by the clock that the kernel has now.
std::optional<std::int64_t> clock_of_start(const Root& root, int pid);

/// The user that it runs as; nothing when it is gone.
std::optional<unsigned> user_of_process(const Root& root, int pid);

/// Its command line as words, none when it is gone or the kernel's own.
std::vector<std::string> process_arguments(const Root& root, int pid);

}  // namespace ctrlpass
