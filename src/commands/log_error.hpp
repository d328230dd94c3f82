// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "iommu/result.hpp"

namespace ctrlpass {

/// A hint with its commands as one line.
std::string on_one_line(const std::string& hint);

/// To the journal, and to standard error: for what runs where nobody looks.
void log_error(const Error& error);

}  // namespace ctrlpass
