// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "src/commands/console.hpp"
#include "src/commands/options.hpp"

namespace ctrlpass {

/// Each command prints what it has to say and returns the exit code; a failure before that is
/// printed by `run`.
Result<int> run_inspect(const Options& options, const Console& console);
Result<int> run_init(const Options& options, const Console& console);
Result<int> run_check(const Options& options, const Console& console);
Result<int> run_capture(const Options& options, const Console& console);
Result<int> run_plan(const Options& options, const Console& console);
Result<int> run_apply(const Options& options, const Console& console);
Result<int> run_confirm(const Options& options, const Console& console);
Result<int> run_rollback(const Options& options, const Console& console);
/// `rollback --dry-run`: what rollback would change, and what stands in the way.
Result<int> rehearse_rollback(const Options& options, const Console& console);
Result<int> run_status(const Options& options, const Console& console);
Result<int> run_log(const Options& options, const Console& console);
Result<int> run_metrics(const Options& options, const Console& console);
Result<int> run_doctor(const Options& options, const Console& console);
Result<int> run_pin(const Options& options, const Console& console);
Result<int> run_hook(const Options& options, const Console& console);
Result<int> run_complete(const Options& options, const Console& console);

/// The whole program.
int run(int count, const char* const* words);

}  // namespace ctrlpass
