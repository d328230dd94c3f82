// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/render/render.hpp"

#include <algorithm>

namespace ctrlpass {

namespace {

struct IsAbsent {
    bool operator()(bool loaded) const { return !loaded; }
    bool operator()(const Binding&) const { return false; }
    bool operator()(const std::optional<std::string>& xml) const { return !xml; }
    bool operator()(const std::optional<CpuSet>& cpus) const { return !cpus; }
    bool operator()(const FileState& file) const { return !file.content; }
};

constexpr std::string_view left_out{"\0", 1};

/// The text with a mark where the first mention of the subject was.
std::string without(std::string text, const std::string& subject) {
    const auto at = subject.empty() ? text.npos : text.find(subject);
    if (at != text.npos) text.replace(at, subject.size(), left_out);
    return text;
}

char mark_of(const Change& change) {
    if (std::visit(IsAbsent{}, change.before)) return '+';
    return std::visit(IsAbsent{}, change.after) ? '-' : '~';
}

std::string transition(const Change& change) {
    switch (mark_of(change)) {
        case '+':
            return shown(change.after);
        case '-':
            return shown(change.before);
        default:
            return shown(change.before) + "  →  " + shown(change.after);
    }
}

std::string change_text(const Change& change, std::size_t width, Style style) {
    const char mark = mark_of(change);
    const Ink ink = mark == '+' ? Ink::good : mark == '-' ? Ink::bad : Ink::warning;
    return "  " + style.paint(ink, std::string(1, mark)) + " " +
           padded(printable(name_of(change.setting)), width) + "  " + transition(change) + "\n" +
           style.paint(Ink::faint, std::string(4 + width + 2, ' ') + printable(change.why)) + "\n";
}

Ink ink_of(const Finding& finding) {
    switch (finding.severity) {
        case Severity::refuse:
            return Ink::bad;
        case Severity::consent:
            return finding.accepted ? Ink::faint : Ink::bad;
        case Severity::warn:
            return Ink::warning;
        case Severity::note:
            break;
    }
    return Ink::faint;
}

/// What the profile would have to say for a consent that is missing.
std::string way_forward(const Finding& finding) {
    if (finding.severity != Severity::consent || finding.accepted) return finding.hint;
    return finding.hint + "\nTo accept it, in the profile's [[controller]]:\n    allow = [\"" +
           finding.code + "\"]";
}

std::string finding_text(const Finding& finding, Style style, bool name_profile) {
    const std::string severity =
        finding.accepted ? "accepted" : std::string(to_string(finding.severity));
    const std::string whose =
        name_profile && !finding.profile.empty() ? " in " + printable(finding.profile) : "";
    std::string text = "  " + style.paint(ink_of(finding), "! " + severity + " " + finding.code) +
                       whose + ": " + printable(finding.message) + "\n";
    const std::string way = finding.accepted ? "" : way_forward(finding);
    if (!way.empty()) text += indented(way, 6);
    return text;
}

}  // namespace

std::string indented(const std::string& text, std::size_t spaces) {
    std::string result;
    for (std::size_t begin = 0; begin <= text.size();) {
        const auto end = std::min(text.find('\n', begin), text.size());
        result += std::string(spaces, ' ') + printable(text.substr(begin, end - begin)) + "\n";
        begin = end + 1;
    }
    return result;
}

std::string count_of(std::size_t number, const std::string& noun) {
    const std::string count = number == 0 ? "no" : std::to_string(number);
    return count + " " + noun + (number == 1 ? "" : "s");
}

std::string error_text(const Error& error, Style style) {
    std::string text = style.paint(Ink::bad, "ctrlpass:") + " " + printable(error.what) + "\n";
    if (!error.where.empty()) text += indented(error.where, 2);
    if (!error.hint.empty()) text += indented(error.hint, 2);
    return text;
}

std::vector<Finding> told_once(const std::vector<Finding>& findings) {
    std::vector<Finding> told;
    std::vector<std::string> patterns;
    for (const Finding& finding : findings) {
        const std::string pattern = without(finding.message, finding.subject);
        const auto same = [&](std::size_t i) {
            return patterns[i] == pattern && told[i].code == finding.code &&
                   told[i].profile == finding.profile && told[i].hint == finding.hint &&
                   told[i].accepted == finding.accepted;
        };
        std::size_t i = 0;
        while (i < told.size() && !same(i)) ++i;
        if (i == told.size()) {
            told.push_back(finding);
            patterns.push_back(pattern);
        } else if (told[i].subject != finding.subject) {
            told[i].subject += ", " + finding.subject;
            const auto at = pattern.find(left_out);
            if (at != pattern.npos)
                told[i].message =
                    pattern.substr(0, at) + told[i].subject + pattern.substr(at + left_out.size());
        }
    }
    return told;
}

std::string findings_text(const std::vector<Finding>& findings, Style style, bool name_profiles) {
    // What stops the plan comes last, next to the reader's eye.
    std::vector<Finding> ordered = told_once(findings);
    std::ranges::stable_sort(ordered, std::ranges::greater{}, [](const Finding& finding) {
        return finding.accepted ? Severity::note : finding.severity;
    });
    std::string text;
    for (const Finding& finding : ordered) text += finding_text(finding, style, name_profiles);
    return text;
}

std::string plan_text(const Plan& plan, Style style) {
    std::string text;
    std::size_t width = 0;
    for (const Change& change : plan.changes)
        width = std::max(width, width_of(printable(name_of(change.setting))));
    for (const std::string& profile : plan.profiles) {
        std::string changes;
        for (const Change& change : plan.changes)
            if (change.profile == profile) changes += change_text(change, width, style);
        if (changes.empty()) continue;
        text += style.paint(Ink::strong, profile) + "\n" + changes;
    }
    const std::string findings = findings_text(plan.findings, style, plan.profiles.size() > 1);
    if (!text.empty() && !findings.empty()) text += "\n";
    return text + findings;
}

std::string live_text(const LiveReport& live, Style style) {
    std::size_t width = 0;
    for (const LivePlace& one : live.placed)
        width = std::max(width, width_of(printable(one.setting)));
    std::string text;
    for (const LivePlace& one : live.placed)
        text += "  " + style.paint(Ink::good, "placed") + "    " +
                padded(printable(one.setting), width) + "  " + to_cpu_list(one.before) + "  →  " +
                to_cpu_list(one.after) + "\n";
    for (const LivePlace& one : live.left)
        text +=
            "  " + style.paint(Ink::warning, "left") + "      " + printable(one.setting) + "  " +
            to_cpu_list(one.before) + "\n" +
            indented("It outlives the guest: ctrlpass pin --follow places it, and puts it back.",
                     12);
    for (const Error& failure : live.failures)
        text += "  " + style.paint(Ink::warning, "not placed") + "\n" +
                indented(printable(failure.what) + ": " + failure.where +
                             (failure.hint.empty() ? "" : "\n" + failure.hint),
                         12);
    return text;
}

std::string report_text(const Report& report, Style style) {
    std::string text;
    for (const std::string& setting : report.done)
        text += "  " + style.paint(Ink::good, "done") + "      " + printable(setting) + "\n";
    for (const std::string& setting : report.restored)
        text += "  " + style.paint(Ink::good, "restored") + "  " + printable(setting) + "\n";
    text += live_text(report.live, style);
    for (const Stuck& stuck : report.stuck)
        text += "  " + style.paint(Ink::bad, "stuck") + "     " + printable(stuck.setting) + "\n" +
                indented(stuck.reason, 12);
    return text;
}

}  // namespace ctrlpass
