// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "src/ledger/record.hpp"

namespace ctrlpass {

/// What a crash leaves of a record: its beginning, or zeros where the disk had got no further.
/// Anything else was written by somebody else.
bool is_torn(std::string_view tail);

/// The error for a line that is no record.
std::unexpected<Error> not_ours(const std::string& path, std::size_t line);

/// Calls with each record of a ledger and its line, the newline included; a torn tail is left out.
/// Ends at the first line that is not ours, or of a newer format. Error too: the first record
/// begins no transaction.
using SeeRecord = std::function<void(Record&& record, std::string_view line)>;
Result<> read_lines(std::string_view text, const std::string& path, const SeeRecord& see);

/// What can be told of a ledger that has this error; `is_whole`: the text is all of it.
BrokenLedger broken_ledger(Error error, std::string_view text, bool is_whole);

}  // namespace ctrlpass
