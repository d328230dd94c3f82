// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "src/commands/session.hpp"
#include "src/render/text.hpp"

namespace ctrlpass {

/// What a transaction did or why not, with the closing lines.
std::string outcome_text(const Outcome& outcome, const std::string& closing, Style style);

/// What had to be put right before a command could begin, or nothing.
std::string earlier_text(const Report& earlier, Style style);

/// The closing lines of an apply: where the machine stands, and the next command.
std::string after_apply(const Outcome& outcome);

/// The closing lines of a rollback; `earlier` is what was put right before it.
std::string after_rollback(const Outcome& outcome, const Report& earlier);

}  // namespace ctrlpass
