// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "src/commands/session.hpp"

namespace ctrlpass {

/// One profile at boot: module and bindings, as it was applied before, or the finding why it is
/// left alone. Asks no libvirt. `stop` is asked before each change.
Result<Outcome> apply_at_boot(Session& session, const Profile& profile,
                              std::function<std::optional<Error>()> stop = {});

/// Nothing is done about the profile ("" for all of them), for this reason.
Outcome left_alone(const std::string& profile, Finding why);

}  // namespace ctrlpass
