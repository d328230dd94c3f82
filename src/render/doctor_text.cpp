// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>

#include "src/render/doctor.hpp"
#include "src/render/render.hpp"

namespace ctrlpass {

namespace {

std::string mark_of(CheckState state, Style style) {
    switch (state) {
        case CheckState::ok:
            return style.paint(Ink::good, "✓");
        case CheckState::warning:
            return style.paint(Ink::warning, "!");
        case CheckState::stop:
            return style.paint(Ink::bad, "✗");
        case CheckState::unknown:
            break;
    }
    return style.paint(Ink::faint, "?");
}

std::string check_text(const Check& check, std::size_t width, Style style) {
    std::string text = mark_of(check.state, style) + " " + padded(printable(check.check), width) +
                       "  " + printable(check.message) + "\n";
    const bool needs_hint = check.state != CheckState::ok && !check.hint.empty();
    return needs_hint ? text + indented(check.hint, 6) : text;
}

std::vector<Finding> told(const Diagnosis& diagnosis) {
    std::vector<Finding> findings = diagnosis.findings;
    std::erase_if(findings, is_told_by_check);
    return findings;
}

std::string profile_text(const std::string& profile, const std::vector<Finding>& findings,
                         Style style) {
    const std::string name = printable(profile);
    std::vector<Finding> own;
    std::ranges::copy_if(findings, std::back_inserter(own),
                         [&](const Finding& finding) { return finding.profile == profile; });
    if (own.empty())
        return "\n" + style.paint(Ink::strong, name) + "\n  " + style.paint(Ink::good, "✓") +
               " nothing else stands in its way\n";
    return "\n" + style.paint(Ink::strong, name) + "\n" + findings_text(own, style);
}

bool is_refusing(const Finding& finding) {
    return !finding.accepted &&
           (finding.severity == Severity::refuse || finding.severity == Severity::consent);
}

/// "2 things stop passthrough, 1 warning, 9 in order, 1 not known."
std::string count_text(const Diagnosis& diagnosis, Style style) {
    const auto findings = told(diagnosis);
    const auto checks = [&](CheckState state) {
        return static_cast<std::size_t>(std::ranges::count(diagnosis.checks, state, &Check::state));
    };
    const std::size_t stops =
        checks(CheckState::stop) +
        static_cast<std::size_t>(std::ranges::count_if(findings, is_refusing));
    const std::size_t warnings =
        checks(CheckState::warning) +
        static_cast<std::size_t>(std::ranges::count(findings, Severity::warn, &Finding::severity));
    std::string text;
    const auto add = [&](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
    if (stops > 0)
        add(style.paint(Ink::bad, count_of(stops, "thing") + (stops == 1 ? " stops" : " stop") +
                                      " passthrough"));
    if (warnings > 0) add(style.paint(Ink::warning, count_of(warnings, "warning")));
    add(style.paint(Ink::good, std::to_string(checks(CheckState::ok)) + " in order"));
    if (checks(CheckState::unknown) > 0)
        add(std::to_string(checks(CheckState::unknown)) + " not known");
    return text + ".\n";
}

}  // namespace

std::string doctor_text(const Diagnosis& diagnosis, Style style) {
    std::size_t width = 0;
    for (const Check& check : diagnosis.checks)
        width = std::max(width, width_of(printable(check.check)));
    std::string text;
    for (const Check& check : diagnosis.checks) text += check_text(check, width, style);
    const auto findings = told(diagnosis);
    std::vector<Finding> general;
    std::ranges::copy_if(findings, std::back_inserter(general),
                         [](const Finding& finding) { return finding.profile.empty(); });
    if (!general.empty()) text += "\n" + findings_text(general, style);
    for (const std::string& profile : diagnosis.profiles)
        text += profile_text(profile, findings, style);
    return text + "\n" + count_text(diagnosis, style);
}

}  // namespace ctrlpass
