// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "src/findings/diagnosis.hpp"
#include "src/render/text.hpp"

namespace ctrlpass {

/// Every check with what mends it, then what stands in the way of each profile, then the count.
std::string doctor_text(const Diagnosis& diagnosis, Style style);

}  // namespace ctrlpass
