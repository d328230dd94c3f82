// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>

#include "src/pins/follow.hpp"
#include "src/plan/planner.hpp"

namespace ctrlpass {

/// The guest of a profile, as far as it runs: nothing otherwise. The functions are those that the
/// profile gives it and that it has.
std::optional<RunningGuest> running_guest(const Root& root, const Facts& facts,
                                          const Profile& profile);

/// Places the interrupts and threads of the profiles' guests that run now, once. What the plan
/// refuses is not placed.
LiveReport place_running(const Root& root, Kernel& kernel, const Facts& facts);

}  // namespace ctrlpass
