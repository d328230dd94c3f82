// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/writing.hpp"

#include <unistd.h>

#include "src/render.hpp"
#include "src/render_json.hpp"

namespace ctrlpass {

namespace {

std::string text_of(const Outcome& outcome, const std::string& closing, Style style) {
    if (outcome.refused) return plan_text(outcome.plan, style) + "\nRefused. Nothing was changed.\n";
    std::string text = findings_text(outcome.plan.findings, style) +
                       report_text(outcome.report, style);
    if (outcome.report.failure) text += error_text(*outcome.report.failure, style);
    return text + (text.empty() ? "" : "\n") + closing;
}

}  // namespace

Result<std::unique_ptr<Session>> open_session(const Options& options, Kernel& kernel,
                                              const Console& console) {
    if (::geteuid() != 0)
        return fail("cannot change this machine", "only root may",
                    "Run it by sudo. Nothing was changed.", Trouble::denied);
    Root root = TRY(Root::open("/"));
    auto session = TRY(Session::open(std::move(root), kernel, GuestHosts(), options.state));
    const auto recovered = TRY(session->recover());
    if (recovered)
        console.note("an earlier ctrlpass was interrupted; put back " +
                     count_of(recovered->restored.size(), "setting"));
    return session;
}

int print_outcome(const std::string& command, const Outcome& outcome, const std::string& closing,
                  const Console& console) {
    console.print(console.json() ? report_json(command, outcome.plan, outcome.report)
                                 : text_of(outcome, closing, console.style()));
    if (outcome.refused) return exit_code::refused;
    if (!outcome.report.stuck.empty()) return exit_code::stuck;
    return outcome.report.failure ? exit_code::failed : exit_code::done;
}

}  // namespace ctrlpass
