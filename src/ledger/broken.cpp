// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/ledger/broken.hpp"

#include <algorithm>

namespace ctrlpass {

Result<> check_readable(const std::vector<std::string>& profiles, const Recorded& recorded) {
    for (const std::string& profile : profiles)
        if (const auto ledger = recorded.find(profile);
            ledger != recorded.end() && ledger->second.broken)
            return std::unexpected(ledger->second.broken->error);
    return {};
}

const RecordedProfile* broken_claim(const Setting& setting, const Recorded& recorded) {
    const auto found = std::ranges::find_if(recorded, [&](const auto& ledger) {
        return ledger.second.broken && ledger.second.broken->may_claim(setting);
    });
    return found == recorded.end() ? nullptr : &found->second;
}

std::string reason_of_claim(const RecordedProfile& broken) {
    return "the ledger of profile " + broken.name + " cannot be read, and " +
           (broken.broken->is_known ? "names it" : "it is not known what it claims");
}

std::string way_to_free(const RecordedProfile& broken) {
    const Error& error = broken.broken->error;
    return error.where + (error.hint.empty() ? "" : "\n" + error.hint);
}

}  // namespace ctrlpass
