// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <string>
#include <vector>

#include "src/commands/inspection.hpp"
#include "src/commands/misplaced.hpp"
#include "src/commands/profile_status.hpp"
#include "src/render/metrics.hpp"

namespace ctrlpass {

/// All that the metrics are made of, as values.
struct MetricsFacts {
    Inspection seen;
    std::vector<ProfileStatus> profiles;
    std::map<std::string, Misplaced> misplaced;  ///< by profile: of running guests with [pin]
    std::size_t stuck_writes = 0;
};

std::vector<Metric> metrics_of(const MetricsFacts& facts);

}  // namespace ctrlpass
