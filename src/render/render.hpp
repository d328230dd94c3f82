// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

#include "src/execute/execute.hpp"
#include "src/plan/plan.hpp"
#include "src/plan/show_state.hpp"
#include "src/render/text.hpp"

namespace ctrlpass {

/// A failure for people: what happened / where / what to do.
std::string error_text(const Error& error, Style style);

/// The changes (`+` new, `~` changed, `-` removed) and the findings (`!`), without the last line.
std::string plan_text(const Plan& plan, Style style);
/// What is said of several functions in the same words, with the same way forward, is said once of
/// all of them.
std::vector<Finding> told_once(const std::vector<Finding>& findings);
std::string findings_text(const std::vector<Finding>& findings, Style style,
                          bool name_profiles = false);

/// Every line of `text` after so many spaces.
std::string indented(const std::string& text, std::size_t spaces);

/// "3 changes", "1 change", "no changes".
std::string count_of(std::size_t number, const std::string& noun);

/// What was placed of a running guest, and what could not be.
std::string live_text(const LiveReport& live, Style style);

/// What an apply or a rollback did, and what could not be put back.
std::string report_text(const Report& report, Style style);

}  // namespace ctrlpass
