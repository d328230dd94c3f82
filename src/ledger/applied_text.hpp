// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "iommu/result.hpp"
#include "src/profile/profile.hpp"

namespace ctrlpass {

/// Longer than any profile.
inline constexpr std::size_t longest_applied_text = 1U << 20U;

/// Keeps the text of a profile that is to be applied: STATE/applied/DIGEST, 0600 in a folder of
/// 0700. What judges later (a guest's start, a follower) reads that, whatever becomes of the file
/// that the profile was read from. It is on disk when this returns. Only with the lock of the tool.
Result<> keep_applied_text(const std::string& state_directory, const Profile& profile);

/// The text with this digest ("sha256:…"). Errors: `missing` when it was not kept (an older
/// ctrlpass kept none), others may write to it, it is not what the digest says.
Result<std::string> read_applied_text(const std::string& state_directory,
                                      const std::string& digest);

/// Removes the texts that no ledger refers to any more, as the ledgers are now. One that cannot be
/// read keeps all of them. Only with the lock of the tool.
Result<> forget_applied_texts(const std::string& state_directory);

}  // namespace ctrlpass
