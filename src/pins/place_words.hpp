// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "src/pins/place.hpp"

namespace ctrlpass {

/// Whether a CPU is in one of the controllers' nodes; true where these are not known.
bool is_near(const PinCase& question, unsigned cpu);

/// ", in the controllers' NUMA node 0, on one last-level cache": said where there is more than one
/// of each; "" otherwise.
std::string where_words(const PinCase& question, const CpuSet& cpus);

/// Why a vCPU runs where it does, given the CPUs of all.
std::string why_of_vcpu(const PinCase& question, const std::map<unsigned, unsigned>& seats,
                        unsigned vcpu);

/// "1 entry", "4 entries".
std::string counted(std::size_t count, const std::string& one, const std::string& many);

/// A hint.
std::string add_to_command_line(const std::string& words);

}  // namespace ctrlpass
