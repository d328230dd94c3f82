// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

#include "src/ledger/record.hpp"

namespace ctrlpass {

/// Error: the ledger of one of these profiles is broken.
Result<> check_readable(const std::vector<std::string>& profiles, const Recorded& recorded);

/// A broken ledger that claims this setting or may do so, null where there is none.
const RecordedProfile* broken_claim(const Setting& setting, const Recorded& recorded);

/// "the ledger of profile rear cannot be read, and names it".
std::string reason_of_claim(const RecordedProfile& broken);

/// How this setting becomes free; commands indented by four.
std::string way_to_free(const RecordedProfile& broken);

}  // namespace ctrlpass
