// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

#include "src/ledger/record.hpp"

namespace ctrlpass {

/// The profiles that the words of a command line mean (names, or paths of profiles), each once; no
/// words mean all that are recorded. A name without a ledger is `bad_input`.
Result<std::vector<std::string>> recorded_names(const std::vector<std::string>& words,
                                                const Recorded& recorded);

}  // namespace ctrlpass
