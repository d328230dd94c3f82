// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

namespace ctrlpass::tests {

/// A profile that was refused, and why: kept in the folder CTRLPASS_REFUSED where there is one, so
/// that scripts/check-schema can ask the schema about it as well.
void keep_refused(const std::string& profile, const std::string& why);

}  // namespace ctrlpass::tests
