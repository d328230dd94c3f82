// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "iommu/result.hpp"

namespace ctrlpass {

/// The words between white space.
std::vector<std::string> words_of(std::string_view line);

/// The lines of a file that was read, none where it was not.
std::vector<std::string> lines_of(const Result<std::string>& text);

}  // namespace ctrlpass
