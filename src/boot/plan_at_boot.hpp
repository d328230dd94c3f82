// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "src/plan/planner.hpp"

namespace ctrlpass {

/// Facts that were gathered without asking libvirt, for what can be done at boot: what lasts
/// (definitions, files) is neither read nor changed.
void keep_to_boot(Facts& facts);

/// The plan of one applied profile at boot, of such facts: module and bindings. What lasts is held
/// as its ledger says. Only refusals are findings, and of those only what is true already when
/// nobody has mounted or logged in yet: consents were given when it was applied, and so was
/// --i-may-lock-myself-out. A controller that has moved is refused when the definition of the guest
/// still has the old address.
Plan plan_at_boot(const Facts& facts);

/// Is nothing in its way but that a function of it is not there?
bool may_appear(const Plan& plan);

}  // namespace ctrlpass
