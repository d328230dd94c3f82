// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "src/findings/finding.hpp"
#include "src/guests/domain_cpus.hpp"
#include "src/pins/wish.hpp"

namespace ctrlpass {

/// Where the threads of a guest and its interrupts are to run, and why there.
struct Placement {
    struct Place {
        CpuSet cpus;
        std::string why;  ///< "isolated, in the controller's NUMA node 0"
        bool operator==(const Place&) const = default;
    };
    std::map<unsigned, Place> vcpus;  ///< by number
    std::optional<Place> emulator;
    std::map<unsigned, Place> iothreads;  ///< by id
    std::optional<Place> interrupts;
    std::vector<Finding> findings;  ///< of the profile that wishes it
    bool operator==(const Placement&) const = default;
};

/// The question: who wishes what for which guest.
struct PinCase {
    std::string profile;
    std::string domain;
    const PinWish& wish;
    const DomainCpus& guest;
    const Cpus& host;
    std::vector<int> nodes;  ///< NUMA nodes of the controllers that are given away, where known
    /// CPUs on which other domains' vCPUs are pinned, by the domain's name.
    std::map<std::string, CpuSet> others;
};

/// Pure and deterministic: the same case has the same answer. Nothing is placed where a finding
/// refuses it.
Placement place(const PinCase& question);

}  // namespace ctrlpass
