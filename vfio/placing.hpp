// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "iommu/interrupts.hpp"
#include "iommu/qemu_threads.hpp"
#include "vfio/kernel.hpp"

namespace ctrlpass {

/// Has the interrupt handled by these CPUs, and reads back that it is so. False: it is gone, or its
/// number is somebody else's by now. Errors: the kernel does not move it, or a CPU has no room.
Result<bool> place(const Root& root, Kernel& kernel, const Interrupt& interrupt,
                   const CpuSet& cpus);

/// A line (INTx) stays when its handler goes, and keeps its CPUs for whoever comes next: back to
/// `before`, if it still is where it was placed. Vectors are gone, and their numbers others'.
Result<> release(const Root& root, Kernel& kernel, const Interrupt& interrupt, const CpuSet& before,
                 const CpuSet& placed);

/// Has the thread of this process run on these CPUs, likewise. Errors: its cgroup does not let it.
Result<bool> place(const Root& root, Kernel& kernel, int process, const QemuThread& thread,
                   const CpuSet& cpus);

}  // namespace ctrlpass
