// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "src/commands/console.hpp"
#include "src/commands/options.hpp"

namespace ctrlpass {

/// `apply --boot --all`: module and bindings of the profiles that were applied and confirmed, each
/// by itself, within the deadline of all. Asks no libvirt and recovers nothing.
Result<int> run_apply_at_boot(const Options& options, const Console& console);

}  // namespace ctrlpass
