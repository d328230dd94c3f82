// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "src/ledger/record.hpp"
#include "src/plan/plan.hpp"

namespace ctrlpass {

/// What an apply of a plan would meet in the ledgers before it could begin.
struct Unsettled {
    std::vector<std::string> interrupted;  ///< what it would put right first, a line each
    std::optional<Error> waits;            ///< why it would go no further than that
};
Unsettled unsettled_for(const Plan& plan, const Recorded& recorded, const Moment& now);

}  // namespace ctrlpass
