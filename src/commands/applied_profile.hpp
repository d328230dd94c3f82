// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "src/ledger/record.hpp"
#include "src/profile/profile.hpp"

namespace ctrlpass {

/// The profile of this ledger as it was applied: by the text that `apply` kept. Where an older
/// ctrlpass kept none, the file at its place counts, as long as only root can change it and it is
/// what was applied. Errors: nothing is applied, neither is there.
Result<Profile> applied_profile(const RecordedProfile& recorded,
                                const std::string& state_directory);

}  // namespace ctrlpass
