// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <string>
#include <vector>

#include "src/ledger/record.hpp"
#include "src/plan/plan.hpp"

namespace ctrlpass {

/// A setting that a profile wants in a state.
struct Wanted {
    std::string profile;
    Setting setting;
    State after;
    std::string why;
};

/// Two profiles want different states of one setting, or what one of them wants is not known.
struct Conflict {
    std::string profile;
    std::string other;
    Setting setting;
    bool broken = false;  ///< the other's ledger cannot be read: it may want another state
    bool operator==(const Conflict&) const = default;
};

struct Claims {
    std::vector<Change> changes;  ///< by rank
    std::vector<Hold> holds;
    std::vector<Conflict> conflicts;
};

/// What is wanted against what is now and what the ledgers remember: changes where they differ,
/// holds where it is so already, ways back for what these profiles held and no longer name. The
/// origin of a setting is the first state that any ledger of this boot recorded. A setting that is
/// not in `now` counts as absent; what is gone has no way back.
Claims make_claims(const std::vector<std::string>& profiles, const std::vector<Wanted>& wanted,
                   const Recorded& recorded, const std::string& boot,
                   const std::map<Setting, State>& now);

/// Does this entry still mean something? A binding of another boot does not.
bool is_valid(const Entry& entry, const std::string& boot);

/// These profiles, and those whose rollback is unfinished: what those still have they want no more.
std::vector<std::string> leaving_with(const std::vector<std::string>& profiles,
                                      const Recorded& recorded);

/// Does a profile that is not one of `leaving` claim the setting?
bool is_claimed(const Setting& setting, const std::vector<std::string>& leaving,
                const Recorded& recorded, const std::string& boot);

/// The state that means that nothing is there, for a setting that cannot be found.
State absent_state(const Setting& setting);

}  // namespace ctrlpass
