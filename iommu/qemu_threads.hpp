// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "iommu/cpus.hpp"
#include "iommu/root.hpp"

namespace ctrlpass {

/// A thread of a guest's QEMU. Ids are reused: it is the same one only with the same start.
struct QemuThread {
    /// What libvirt pins by <vcpupin>, <iothreadpin> and, all the rest, <emulatorpin>.
    enum class Role { vcpu, iothread, emulator };
    int id = 0;
    std::string name;     ///< as QEMU calls it: "CPU 0/KVM"
    std::string started;  ///< in clock ticks since the boot
    Role role = Role::emulator;
    unsigned number = 0;  ///< of the vCPU or the I/O thread
    CpuSet cpus;          ///< where it may run
    bool operator==(const QemuThread&) const = default;
};

/// The process of a guest: the one that the system's libvirt has written down for this name, or, of
/// a user's own libvirt, the one with this UUID on its command line.
std::optional<int> process_of_guest(const Root& root, const std::string& name,
                                    const std::string& uuid);

/// Its threads, by id. Those that end meanwhile are left out; none when the process is gone.
std::vector<QemuThread> read_qemu_threads(const Root& root, int process);

}  // namespace ctrlpass
