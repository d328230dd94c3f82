// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <vector>

#include "src/findings/diagnosis.hpp"

namespace ctrlpass {

/// What besides the host's USB driver binds USB controllers before ctrlpass does: rules and scripts
/// of others, each a warning with its place; and controllers that vfio-pci has though neither a
/// ledger nor a guest tells why. Empty: nothing is known to.
std::vector<Check> early_binders(const Symptoms& symptoms);

}  // namespace ctrlpass
