// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <vector>

#include "src/pins/place.hpp"

namespace ctrlpass {

/// What is wrong with a placement, or worth knowing, apart from what kept parts of it from being
/// made. Only what the wish names is judged, together with what the definition says of the rest.
std::vector<Finding> judge_pins(const PinCase& question, const Placement& placement);

/// The part of it that is about the two threads of a core.
std::vector<Finding> judge_siblings(const PinCase& question, const Placement& placement);

}  // namespace ctrlpass
