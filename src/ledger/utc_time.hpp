// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

namespace ctrlpass {

/// Now: UTC, RFC 3339, whole seconds.
std::string utc_now();

}  // namespace ctrlpass
