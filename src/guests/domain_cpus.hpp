// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <optional>
#include <string>

#include "iommu/cpus.hpp"

namespace ctrlpass {

/// What a definition says about the guest's CPUs and where its threads run.
struct DomainCpus {
    unsigned vcpus = 1;    ///< the largest number it may have; libvirt's default is 1
    unsigned threads = 1;  ///< of a core of the guest's topology: vCPUs N*threads… are siblings
    std::set<unsigned> iothreads;  ///< their ids
    std::set<unsigned> fifo;       ///< vCPUs that run under SCHED_FIFO or SCHED_RR
    bool fifo_emulator = false;
    std::map<unsigned, CpuSet> vcpu_pins;  ///< <vcpupin>
    std::optional<CpuSet> emulator_pin;
    std::map<unsigned, CpuSet> iothread_pins;
    bool operator==(const DomainCpus&) const = default;
};

/// Errors: not a definition. What is not understood counts as not said.
Result<DomainCpus> cpus_in(const std::string& domain_xml);

}  // namespace ctrlpass
