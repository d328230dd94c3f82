// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

#include "src/findings/finding.hpp"
#include "src/plan/setting.hpp"

namespace ctrlpass {

/// A setting that is to go from one state to another.
struct Change {
    std::string profile;
    Setting setting;
    State before;  ///< as read when the plan was made; apply checks that it still is
    State after;
    State origin;  ///< the first state ever recorded: where a rollback goes back to
    std::string why;
    /// False where `after` is a way back: the profile no longer names the setting.
    bool wanted = true;
    bool operator==(const Change&) const = default;
};

/// A setting that the profile wants and that is so already: a claim, left alone.
struct Hold {
    std::string profile;
    Setting setting;
    State state;
    State origin;  ///< differs from `state` where ctrlpass itself had brought it there
    bool operator==(const Hold&) const = default;
};

/// What is going to happen, or why it is not. A value: made without I/O, clock or environment.
struct Plan {
    std::vector<std::string> profiles;
    std::vector<Change> changes;  ///< in the order in which apply goes
    std::vector<Hold> holds;
    std::vector<Finding> findings;

    bool is_refused() const;  ///< by a refusal or a consent that nobody accepted
};

}  // namespace ctrlpass
