// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "iommu/interrupts.hpp"
#include "iommu/qemu_threads.hpp"
#include "iommu/result.hpp"
#include "src/pins/place.hpp"

namespace ctrlpass {

/// An interrupt or a thread of a running guest, and where it belongs.
struct LivePlace {
    /// "irq vfio-msix[0](0000:01:00.0)", "thread win11 \"CPU 0/KVM\"": numbers and ids are reused.
    std::string setting;
    std::variant<Interrupt, QemuThread> subject;
    CpuSet before;  ///< empty where it is not known
    CpuSet after;
    std::string why;
    bool operator==(const LivePlace&) const = default;
};

/// What a look at a running guest came to.
struct LiveReport {
    std::vector<LivePlace> placed;  ///< now; `before` is where it was
    std::vector<LivePlace> kept;    ///< they were there already
    std::vector<LivePlace> left;    ///< lines that nobody would put back, see Lines
    std::vector<Error> failures;    ///< each once, as long as it is the same thing
    void add(const LiveReport& other);
};

/// What the placement says of these; what it does not say is left out. Each interrupt gets one CPU,
/// for x86 delivers to one of its mask: a function's vectors go round them in order, the next
/// function begins one further.
std::vector<LivePlace> live_places(const Placement& placement, const std::string& domain,
                                   const std::vector<Interrupt>& interrupts,
                                   const std::vector<QemuThread>& threads);

}  // namespace ctrlpass
