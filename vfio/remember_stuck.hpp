// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "iommu/address.hpp"
#include "iommu/root.hpp"

namespace ctrlpass {

/// Which function a write to sysfs is about: the one whose attribute it is, or that is the text.
std::optional<PciAddress> function_of_write(const std::string& path, std::string_view text);

/// Leaves word below /run that this write hangs in this process, for everybody who would ask the
/// function later. Where that cannot be, they wait for their own deadlines.
void remember_stuck(const Root& root, const PciAddress& address, int process,
                    const std::string& path);

}  // namespace ctrlpass
