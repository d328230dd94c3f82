// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "iommu/root.hpp"
#include "src/commands/options.hpp"
#include "src/findings/diagnosis.hpp"
#include "src/plan/gather.hpp"

namespace ctrlpass {

/// Reads all that a diagnosis of this host, or of a captured one, is made of. With profiles named
/// in `options`, those are planned; otherwise on the live machine each that is applied or stands in
/// /etc/ctrlpass/profiles.d. Errors: no PCI bus, and a named profile that is bad (`bad_input`);
/// whatever else fails is a symptom.
Result<Symptoms> examine(const Root& root, const Options& options, GuestHosts& guests);

}  // namespace ctrlpass
