// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "src/execute/machine.hpp"
#include "src/findings/finding.hpp"
#include "src/ledger/record.hpp"

namespace ctrlpass {

/// One recorded setting against what is now.
struct StatusLine {
    Setting setting;
    State recorded;
    std::optional<State> now;  ///< absent where it cannot be read
    std::string remark;        ///< why it differs or cannot be read
    bool drift = false;
};

/// A profile's ledger against the machine.
struct ProfileStatus {
    std::string name;
    const RecordedProfile& ledger;  ///< of the `Recorded` that it was read from
    std::int64_t seconds_left = 0;  ///< to confirm it; 0 where it does not wait
    std::vector<StatusLine> lines;
    std::optional<Finding> skipped = {};  ///< why it is left alone at boot
    std::string waits_for = {};           ///< whom its way back waits for, see awaited.hpp
    /// Why its guest's start cannot be judged, nor its pins followed: see `applied_profile`.
    std::optional<Error> text_lost = {};
    /// Is the process there that puts it back when its time is over? Asked only while it waits for
    /// that, or should be put back already.
    std::optional<bool> armed = {};
    bool waits() const { return seconds_left > 0; }
    /// Its time to be confirmed is over, and it is not put back yet.
    bool is_due() const {
        return ledger.unfinished && ledger.unfinished->begin.pending &&
               ledger.unfinished->waits_until && !waits();
    }
    /// What cannot be read counts; nothing where there is no ledger to compare with.
    std::optional<bool> drift() const {
        if (ledger.broken) return std::nullopt;
        return (ledger.unfinished && !waits()) || std::ranges::any_of(lines, &StatusLine::drift);
    }
};

/// Of these profiles, each of which has a ledger. Asks libvirt only for what is in a definition.
std::vector<ProfileStatus> read_status(const std::vector<std::string>& names,
                                       const Recorded& recorded, Machine& machine,
                                       const Moment& now);

/// Of those with a guest, whether what they said when they were applied is still known.
void look_for_texts(std::vector<ProfileStatus>& all, const std::string& state_directory);

}  // namespace ctrlpass
