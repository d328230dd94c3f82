// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>

#include "src/pins/choose_cpus.hpp"

namespace ctrlpass {

/// The words of the kernel command line that isolate these CPUs, the other CPUs of their cores,
/// and what is isolated already:
/// "isolcpus=managed_irq,domain,2-3 nohz_full=2-3 irqaffinity=0-1". Nothing where that would leave
/// no CPU to the host.
std::optional<std::string> isolation_line(const Cpus& host, const CpuSet& cpus);

/// The same for the CPUs that the rule of choose_cpus would choose on this machine if they were
/// isolated. The candidates of the search do not count: they are all CPUs but those of the first
/// core, and where there is room those of a core in each of the wanted nodes, which the host keeps.
std::optional<std::string> isolation_line(const CpuSearch& search);

}  // namespace ctrlpass
