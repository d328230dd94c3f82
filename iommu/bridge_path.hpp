// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <string>

#include "iommu/root.hpp"

namespace ctrlpass {

/// Turns a function's place in sysfs into a path without bus numbers: the root by its ACPI path
/// where it has one ("PC00"), otherwise as sysfs names it ("pci0000:00"); then device.function of
/// every bridge; a root inside (VMD: "pci10000:e0") is "pci".
///     sys/devices/pci0000:00/0000:00:08.1/0000:0a:00.3  ->  PC00/08.1/00.3
class BridgePaths {
  public:
    explicit BridgePaths(const Root& root) : root_(root) {}
    std::string of(const std::string& sysfs);

  private:
    const std::string& name_of_root(const std::string& component);

    const Root& root_;
    std::map<std::string, std::string> roots_;  ///< read once each
};

}  // namespace ctrlpass
