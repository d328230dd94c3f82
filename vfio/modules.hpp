// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <chrono>
#include <string>

#include "iommu/result.hpp"

namespace ctrlpass {

/// Loads a module and what it depends on by libkmod, as `modprobe` does: the administrator's
/// `options`, `softdep` and `install` lines count; a `blacklist` line counts for what is found by
/// an alias, not for a module asked for by its name. Already there is success. Of several modules
/// that serve an alias one is enough. `missing`: the running kernel has no such module.
Result<> insert_module(const std::string& name_or_alias, std::chrono::milliseconds deadline);

}  // namespace ctrlpass
