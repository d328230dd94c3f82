// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/commands/outcome_text.hpp"

#include <algorithm>

#include "src/render/render.hpp"

namespace ctrlpass {

namespace {

/// After a failure everything is back but the module: it is never unloaded.
std::string put_back(const Report& report) {
    const bool loaded = std::ranges::any_of(
        report.done, [](const std::string& setting) { return setting.starts_with("module "); });
    return loaded ? "Everything is as it was, but vfio-pci stays loaded.\n"
                  : "Everything is as it was.\n";
}

}  // namespace

std::string outcome_text(const Outcome& outcome, const std::string& closing, Style style) {
    if (outcome.refused)
        return plan_text(outcome.plan, style) + "\nRefused. Nothing was changed.\n";
    std::string text =
        findings_text(outcome.plan.findings, style, outcome.plan.profiles.size() > 1) +
        report_text(outcome.report, style);
    if (outcome.report.failure) text += error_text(*outcome.report.failure, style);
    return text + (text.empty() ? "" : "\n") + closing;
}

std::string earlier_text(const Report& earlier, Style style) {
    if (earlier.restored.empty()) return "";
    Report shown;
    shown.restored = earlier.restored;
    return report_text(shown, style) +
           "\nPut back first: an earlier command had left it unfinished.\n\n";
}

std::string after_apply(const Outcome& outcome) {
    const Report& report = outcome.report;
    if (report.failure)
        return report.stuck.empty() ? put_back(report)
                                    : "What is listed as stuck could not be put back.\n";
    if (!report.changed) return "Nothing to do: everything is as the profile wants it.\n";
    std::string names;
    for (const std::string& profile : outcome.plan.profiles) names += " " + profile;
    if (report.waits)
        return count_of(report.done.size(), "change") + " made and verified, and put back in " +
               std::to_string(report.confirm_within) +
               " s unless you keep them:\n    ctrlpass confirm" + names + "\n";
    return count_of(report.done.size(), "change") +
           " made, verified and recorded. The way back:\n    ctrlpass rollback" + names + "\n";
}

std::string after_rollback(const Outcome& outcome, const Report& earlier) {
    const Report& report = outcome.report;
    if (!report.stuck.empty())
        return "What is listed as stuck could not be put back; everything else was.\n"
               "When the reason is gone, the same command goes on.\n";
    if (report.failure) return "The same command goes on where this one stopped.\n";
    if (!report.restored.empty())
        return count_of(report.restored.size(), "setting") + " put back and verified.\n";
    return earlier.restored.empty() ? "Nothing to put back.\n" : "Nothing more to put back.\n";
}

}  // namespace ctrlpass
