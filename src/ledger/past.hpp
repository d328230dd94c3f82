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

/// In bytes.
struct PastBounds {
    std::size_t all;   ///< of one profile: some ten lines at each boot are more than 5 000 boots
    std::size_t file;  ///< one that would be longer is not added to
    std::size_t part;  ///< the newest transactions of a ledger that grew under an older ctrlpass
    static PastBounds of(std::size_t unit) { return {16 * unit, unit, 8 * unit}; }
};

/// Keeps the past of this ledger, which is about to be replaced by what is kept of it. It is on
/// disk when this returns.
Result<> keep_past(int state, const std::string& profile, const std::string& ledger,
                   const FoldedLedger& folded, Disk& disk, const PastBounds& bounds);

/// Takes the oldest files away until what is left is within its bound.
void drop_oldest_past(int state, const std::string& profile, Disk& disk, const PastBounds& bounds);

/// The records that were taken out of this ledger, the oldest first. What is there and cannot be
/// read is noted.
std::vector<Record> past_records(int state, const std::string& profile, const std::string& ledger,
                                 std::vector<std::string>& notes);

}  // namespace ctrlpass
