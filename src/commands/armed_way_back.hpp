// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <string>

#include "iommu/root.hpp"
#include "src/commands/commands.hpp"

namespace ctrlpass {

/// The way back of an apply that waits to be confirmed: `ctrlpass rollback --unconfirmed` of its
/// transaction, which nothing that happens to this process or its terminal can stop. It runs from
/// now on and waits: when its time is over nothing is looked up by a path any more.
struct ArmedWayBack {
    std::string transaction;
    std::int64_t seconds = 0;
    std::string state;  ///< the state directory
    int deadline = 0;   ///< of its writes, in seconds

    /// Where systemd runs a transient service, otherwise (or when that fails) a process that has
    /// cut all ties with this one. It is ready when this returns. Errors: neither can be, or
    /// systemd took other words than these.
    Result<> arm() const;
};

/// Is the process there that puts this transaction back, or what an older ctrlpass armed, which
/// starts it?
bool is_armed(const Root& root, const std::string& transaction);

/// It is no longer needed. A process sees that by itself.
void disarm_way_back(const std::string& transaction);

/// What the armed one does (`rollback --unconfirmed`): gets ready, waits, and puts back what is not
/// confirmed by then. When it cannot, the journal has it, and the status is not 0.
Result<int> run_armed_way_back(const Options& options, const Console& console);

}  // namespace ctrlpass
