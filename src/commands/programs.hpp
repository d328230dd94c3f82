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
/// A path as the instance of a unit, as systemd-escape --path writes it.
std::string instance_of(const std::string& path);
/// The unit that follows the guest of the profile at this path.
std::string follower_of(const std::string& profile_path);

/// Runs a program (looked up in PATH) and waits for its success. It may hang as well as anything.
Result<> run_program(Words words, std::chrono::milliseconds deadline);

/// A process of its own session that is nobody's child and has none of our files open. Returns when
/// it runs its program.
Result<> start_detached(Words words);

}  // namespace ctrlpass
