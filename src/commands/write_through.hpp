// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "iommu/descriptor.hpp"

namespace ctrlpass {

/// Writes to what an O_PATH descriptor stands for: a pipe or a device that takes text. One that
/// nobody reads is an error at once, one whose reader takes nothing after a second. `what` begins
/// the message.
Result<> write_through(const Descriptor& there, const std::string& text, const std::string& what);

/// The same for our own standard output, whatever it is.
Result<> write_to_standard_output(const std::string& text, const std::string& what);

}  // namespace ctrlpass
