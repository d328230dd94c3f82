// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "iommu/descriptor.hpp"
#include "iommu/result.hpp"

namespace ctrlpass {

/// One follower for each domain; the lock of the tool is another one. It ends with the process.
/// Errors: another one follows it (`locked`), the directory cannot be made.
Result<Descriptor> lock_domain(const std::string& uuid,
                               const std::string& directory = "/run/ctrlpass/pin");

/// Does one follow it now? Takes nothing.
bool is_followed(const std::string& uuid, const std::string& directory = "/run/ctrlpass/pin");

}  // namespace ctrlpass
