// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

#include "iommu/host.hpp"
#include "iommu/root.hpp"

namespace ctrlpass {

/// What the kernel command line says about the IOMMU, read as the kernel does: options between
/// commas, and of intel_iommu= the last "on" or "off" counts (drivers/iommu/intel/iommu.c,
/// drivers/iommu/amd/init.c, arch/x86/kernel/pci-dma.c).
struct IommuWords {
    std::vector<std::string> off;  ///< whole words that turn it off: "iommu=pt,off"
    bool turned_on = false;        ///< intel_iommu=on
    bool no_acpi = false;          ///< acpi=off: the tables that describe it are not read
};
IommuWords read_iommu_words(const std::string& command_line, Processor processor);

/// The word without that option, "" when nothing is left: "iommu=pt,off" → "iommu=pt".
std::string without_option(const std::string& word, const std::string& option);

/// What the running kernel was built with.
struct IommuBuild {
    std::string place;  ///< the file that was read, "" where none is there
    bool has_driver = true;
    bool on_by_default = false;  ///< CONFIG_INTEL_IOMMU_DEFAULT_ON
};
IommuBuild read_iommu_build(const Root& root, Processor processor);

}  // namespace ctrlpass
