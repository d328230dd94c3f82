// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <vector>

#include "src/plan/claims.hpp"
#include "src/plan/identify.hpp"
#include "src/plan/planner.hpp"

namespace ctrlpass {

/// All that the profile wants of the machine, of which `subjects` are the functions that the
/// profiles mean.
std::vector<Wanted> wanted_by(const Facts& facts, const Profile& profile,
                              const std::vector<Subject>& subjects);

}  // namespace ctrlpass
