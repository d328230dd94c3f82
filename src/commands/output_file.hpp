// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "iommu/result.hpp"

namespace ctrlpass {

/// Puts the text there in one step, readable by all: nobody sees half of it. Until it is whole it
/// lies beside it as ".NAME.new". A link in its place is replaced, not followed.
Result<> write_output_file(const std::string& path, const std::string& text);

}  // namespace ctrlpass
