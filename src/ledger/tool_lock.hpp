// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>

#include "iommu/descriptor.hpp"
#include "iommu/result.hpp"

namespace ctrlpass {

/// The process that has the lock of the tool.
struct LockHolder {
    int pid = 0;          ///< 0: it is not visible from here (another PID namespace)
    std::string program;  ///< hostile text, at most 64 bytes; "" where it is not known
    char state = '?';     ///< of the process, as in /proc/PID/stat
    std::string since;    ///< UTC, RFC 3339; "" where the holder did not write it down
    bool operator==(const LockHolder&) const = default;
};

/// Takes STATE/lock and writes into it who has it, and since when. It ends with the process, or
/// when the process closes any descriptor of that file. Another holder is `locked`, and named.
Result<Descriptor> take_lock(int state, const std::string& path);

/// Who has it now. For a process that has not taken it: looking would give it up.
std::optional<LockHolder> lock_holder(const std::string& state_directory);

/// "process 4711 (ctrlpass, state T: stopped)".
std::string shown(const LockHolder& holder);
/// What can be done about it; commands indented by four.
std::string way_past(const LockHolder& holder);

}  // namespace ctrlpass
