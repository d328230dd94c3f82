// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <span>
#include <string>
#include <vector>

#include "iommu/address.hpp"
#include "iommu/cpus.hpp"
#include "iommu/root.hpp"

namespace ctrlpass {

/// An interrupt that VFIO handles for a guest. The action is its name; the number is given anew
/// whenever the guest's driver starts. With threadirqs its thread ("irq/40-vfio-msi…") follows it
/// to its CPUs by itself (kernel/irq/manage.c, irq_thread_check_affinity).
struct Interrupt {
    int number = 0;
    PciAddress function;
    unsigned index = 0;          ///< of the vector
    std::string action;          ///< "vfio-msix[0](0000:01:00.0)", "vfio-intx(0000:01:00.0)"
    std::optional<CpuSet> cpus;  ///< where it may be handled; absent when that cannot be read
    bool is_line() const { return action.starts_with("vfio-intx"); }
    bool operator==(const Interrupt&) const = default;
};

/// The interrupts of these functions that VFIO handles now, by function and vector. There are none
/// before the guest's driver has switched them on. Reads a few files for each vector of these
/// functions, whatever else the machine has.
std::vector<Interrupt> read_vfio_interrupts(const Root& root,
                                            std::span<const PciAddress> functions);

/// The file of its CPUs, "proc/irq/40/smp_affinity_list": what was asked for, also while the kernel
/// has still to move it.
std::string interrupt_affinity(int number);

}  // namespace ctrlpass
