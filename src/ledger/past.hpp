// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

#include "iommu/descriptor.hpp"
#include "src/execute/disk.hpp"
#include "src/ledger/folded.hpp"
#include "src/ledger/record.hpp"

namespace ctrlpass {

/// STATE/history: what was folded out of ledgers, for `log` alone. NAME-NNNNNN.jsonl holds parts,
/// each behind a line that tells which ledger it was taken from: where that ledger is still there,
/// the folding did not come to its end, and the part does not count.
inline constexpr auto past_directory = "history";

/// Keeps the past of this ledger, which is about to be replaced by what is kept of it. It is on
/// disk when this returns.
Result<> keep_past(int state, const std::string& profile, const std::string& ledger,
                   const FoldedLedger& folded, Disk& disk);

/// Takes the oldest files away until what is left is within its bound.
void drop_oldest_past(int state, const std::string& profile, Disk& disk);

/// The records that were taken out of this ledger, the oldest first. What is there and cannot be
/// read is noted.
std::vector<Record> past_records(int state, const std::string& profile, const std::string& ledger,
                                 std::vector<std::string>& notes);

}  // namespace ctrlpass
