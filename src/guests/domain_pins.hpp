// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>

#include "src/guests/domain_cpus.hpp"
#include "src/plan/setting.hpp"

namespace ctrlpass {

/// The CPUs to which this thread is pinned, or nothing.
std::optional<CpuSet> pin_of(const DomainCpus& cpus, const GuestThread& thread);

/// The definition with this thread pinned to these CPUs, or not pinned; the rest is as it was. A
/// <cputune> comes with the first pin and goes when nothing is left in it. Errors: not a
/// definition, an empty set.
Result<std::string> with_pin(const std::string& definition, const GuestThread& thread,
                             const std::optional<CpuSet>& cpus);

}  // namespace ctrlpass
