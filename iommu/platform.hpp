// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "iommu/host.hpp"
#include "iommu/root.hpp"

namespace ctrlpass {

/// The vendor of the first processor, or whose IOMMU the firmware describes.
Processor read_processor(const Root& root);
/// Has the first processor this flag?
bool has_cpu_flag(const Root& root, const std::string& flag);

/// Is there an IOMMU at work, and if not, why? And what VFIO is told to do without.
Iommu read_iommu(const Root& root, const std::string& command_line);

}  // namespace ctrlpass
