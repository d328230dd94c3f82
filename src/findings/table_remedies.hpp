// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "iommu/host.hpp"

namespace ctrlpass {

/// How the place that names a disk for the next boot stops doing so; "" where the line has to be
/// taken out of a file, as the code's own hint says.
std::string table_remedy(const DiskUse& use);

}  // namespace ctrlpass
