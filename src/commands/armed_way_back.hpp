// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <string>

#include "iommu/result.hpp"

namespace ctrlpass {

/// The way back of an apply that waits to be confirmed: `ctrlpass rollback --unconfirmed` of its
/// transaction, which nothing that happens to this process or its terminal can stop.
struct ArmedWayBack {
    std::string transaction;
    std::int64_t seconds = 0;
    std::string state;  ///< the state directory
    int deadline = 0;   ///< of its writes, in seconds

    /// Where systemd runs a transient timer, otherwise (or when that fails) a process that has cut
    /// all ties with this one. It is there when this returns.
    Result<> arm() const;
};

/// The timer is no longer needed. A process sees that by itself.
void disarm_way_back(const std::string& transaction);

}  // namespace ctrlpass
