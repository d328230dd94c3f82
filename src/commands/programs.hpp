// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "iommu/result.hpp"

namespace ctrlpass {

using Words = std::vector<std::string>;

/// The file that this process runs.
std::string own_path();

bool runs_systemd();

/// Runs a program (looked up in PATH) and waits for its success. It may hang as well as anything.
Result<> run_program(Words words, std::chrono::milliseconds deadline);
/// The same, with what it writes to standard output (at most 30 000 bytes).
Result<std::string> output_of(Words words, std::chrono::milliseconds deadline);

/// A process of its own session that is nobody's child and has none of our files open. Returns when
/// it runs its program.
Result<> start_detached(Words words);

}  // namespace ctrlpass
