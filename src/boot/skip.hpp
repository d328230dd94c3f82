// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "src/findings/finding.hpp"
#include "src/ledger/record.hpp"
#include "src/profile/profile.hpp"

namespace ctrlpass {

/// Nothing is applied at boot, because `ctrlpass=off` is on the kernel command line.
std::optional<Finding> switched_off(std::string_view command_line);

/// The profile was applied in an earlier boot that never came to its end. `boot` is this one.
std::optional<Finding> boot_loop(const RecordedProfile& ledger, const std::string& boot);

/// Why the profile is not applied at boot, where nobody is there to see how it goes: the last word
/// of its ledger must be a confirmed commit of these very bytes, and the boot that last applied it
/// must have come to its end.
std::optional<Finding> reason_to_skip(const Profile& profile, const Recorded& recorded,
                                      const std::string& boot);

}  // namespace ctrlpass
