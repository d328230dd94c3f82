// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <span>
#include <string>

#include "iommu/root.hpp"

namespace ctrlpass {

/// The driver overrides at these paths (…/driver_override), those that are set. On Linux 6.1 the
/// read takes the function's lock, and hangs while an unbind of it hangs: on the live machine it is
/// done in a child with a deadline, one for all, and one for each where that was too much. An
/// override that cannot be read counts as not set.
std::map<std::string, std::string> read_overrides(const Root& root,
                                                  std::span<const std::string> paths);

/// What a driver_override attribute says: nothing for "(null)".
std::optional<std::string> override_in(const std::optional<std::string>& attribute);

}  // namespace ctrlpass
