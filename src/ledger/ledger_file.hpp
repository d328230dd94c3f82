// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <sys/types.h>

#include <string>

#include "iommu/descriptor.hpp"

namespace ctrlpass {

inline constexpr std::string_view ledger_suffix = ".jsonl";

/// More than any ctrlpass writes.
inline constexpr std::size_t longest_ledger = 128U << 20U;

/// The whole of a regular file, from its beginning.
Result<std::string> read_ledger(const Descriptor& file, const std::string& path);

/// What stands behind the last newline, and where that begins.
struct LedgerTail {
    off_t begin = 0;
    std::string text;
};
Result<LedgerTail> read_tail(const Descriptor& file, const std::string& path);

}  // namespace ctrlpass
