// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <vector>

#include "src/findings/case.hpp"
#include "src/findings/finding.hpp"

namespace ctrlpass {

/// Which programs use what hangs below a function: a disk that a process has open is in use, other
/// devices are told with who has them open. Security keys and smart-card readers are told in any
/// case.
std::vector<Finding> judge_programs(const Case& facts, const Place& place);

}  // namespace ctrlpass
