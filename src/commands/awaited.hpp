// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "src/commands/options.hpp"
#include "src/execute/machine.hpp"
#include "src/ledger/record.hpp"
#include "src/plan/gather.hpp"

namespace ctrlpass {

/// For whom the way back waits of an apply that was not confirmed in time: whoever has the lock of
/// the tool or holds a function. "" where nobody was seen.
std::string awaited(const std::string& profile, const Root& root, const std::string& state,
                    const Recorded& recorded, Machine& machine, GuestHosts& guests);

}  // namespace ctrlpass
