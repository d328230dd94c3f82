// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "iommu/result.hpp"

namespace ctrlpass {

/// Puts the text where the path leads. A regular file, or none, gets a new one in its place in one
/// step, readable by all: until it is whole it lies beside it as ".NAME.new". Standard output
/// (/dev/stdout), /dev/null, and a pipe that has a reader are written to, without waiting for who
/// does not read. A link stays: what it leads to is judged in the same way, unless the link is in a
/// folder that others may write to. Everything else is an error and stays as it is.
Result<> write_output_file(const std::string& path, const std::string& text);

}  // namespace ctrlpass
