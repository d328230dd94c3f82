// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "src/pins/place.hpp"

namespace ctrlpass {

/// Where the guest's threads run when its definition has the placement: what is placed, otherwise
/// what the definition says already.
struct Seats {
    std::map<unsigned, CpuSet> vcpus;
    std::optional<CpuSet> emulator;
    std::map<unsigned, CpuSet> iothreads;
};
Seats seats_of(const PinCase& question, const Placement& placement);

/// The CPU of a vCPU that has one alone; of a set the scheduler chooses.
std::optional<unsigned> only_cpu(const CpuSet& cpus);

/// CPUs of vCPUs, those of other domains among them.
CpuSet union_of(const std::map<unsigned, CpuSet>& pins);
CpuSet union_of(const std::map<std::string, CpuSet>& pins);
CpuSet common(const CpuSet& left, const CpuSet& right);

/// "CPU 2", "CPUs 2-3,10"; the same for vCPUs.
std::string cpu_words(const CpuSet& cpus);
std::string vcpu_words(const std::set<unsigned>& vcpus);

}  // namespace ctrlpass
