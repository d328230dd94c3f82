// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/commands.hpp"
#include "src/recorded_names.hpp"
#include "src/render.hpp"
#include "src/writing.hpp"

namespace ctrlpass {

namespace {

std::string closing(const Report& report) {
    if (!report.stuck.empty())
        return "What is listed as stuck could not be put back; everything else was.\n"
               "When the reason is gone, the same command goes on.\n";
    if (report.restored.empty()) return "Nothing to put back.\n";
    return count_of(report.restored.size(), "setting") + " put back and verified.\n";
}

}  // namespace

Result<int> run_rollback(const Options& options, const Console& console) {
    LiveKernel kernel;
    const auto session = TRY(open_session(options, kernel, console));
    const auto names = TRY(recorded_names(options.names, session->recorded()));
    const Outcome outcome = TRY(roll_back(*session, names));
    return print_outcome("rollback", outcome, closing(outcome.report), console);
}

}  // namespace ctrlpass
