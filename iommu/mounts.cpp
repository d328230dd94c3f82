// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/mounts.hpp"

#include <algorithm>

#include "iommu/lines.hpp"

namespace ctrlpass {

Result<Mounts> read_mounts(const Root& root) {
    Mounts found;
    // 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw (proc(5)).
    for (const auto& line : lines_of(TRY(root.read("proc/self/mountinfo", longest_table)))) {
        const auto fields = fields_of(line);
        const auto dash = std::ranges::find(fields, "-");
        if (fields.size() < 5 || fields.end() - dash < 3) continue;
        found.mounts.push_back({fields[2], dash[2], dash[1], fields[4]});
    }
    for (const auto& line : lines_of(TRY(root.read("proc/swaps", longest_table)))) {
        const auto fields = fields_of(line);
        if (!fields.empty() && fields[0].starts_with("/dev/")) found.swaps.push_back(fields[0]);
    }
    return found;
}

}  // namespace ctrlpass
