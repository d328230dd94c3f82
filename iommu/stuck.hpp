// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <string>

#include "iommu/address.hpp"
#include "iommu/processes.hpp"
#include "iommu/root.hpp"

namespace ctrlpass {

/// A write to a PCI function that did not come back: it goes on in a process that nothing can end,
/// and holds the function's lock.
struct StuckWrite {
    int process = 0;
    std::string started;  ///< field 22 of /proc/PID/stat: ids of processes are used again
    std::string file;     ///< what was written to: "/sys/bus/pci/drivers/vfio-pci/unbind"
    bool operator==(const StuckWrite&) const = default;
};

/// Where they are remembered, one file for each function, named by its address. Below /run, so
/// that a reboot forgets them, and readable by everybody.
inline constexpr auto stuck_directory = "run/ctrlpass/stuck";

std::string to_text(const StuckWrite& write);

/// The remembered writes that still go on. Asks nothing of the functions themselves.
std::map<PciAddress, StuckWrite> read_stuck_writes(const Root& root);

/// "a write to /sys/… hangs in process 4711".
std::string shown(const StuckWrite& write);

}  // namespace ctrlpass
