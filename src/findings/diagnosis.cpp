// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/findings/diagnosis.hpp"

#include <algorithm>

#include "src/render/text.hpp"

namespace ctrlpass {

std::string_view to_string(CheckState state) {
    switch (state) {
        case CheckState::ok:
            return "ok";
        case CheckState::warning:
            return "warning";
        case CheckState::stop:
            return "stop";
        case CheckState::unknown:
            return "unknown";
    }
    return "";
}

bool is_told_by_check(const Finding& finding) {
    return finding.code == "iommu-off" || finding.code == "no-interrupt-remapping";
}

bool Diagnosis::stops() const {
    return std::ranges::find(checks, CheckState::stop, &Check::state) != checks.end() ||
           std::ranges::any_of(findings, [](const Finding& finding) {
               return !finding.accepted && (finding.severity == Severity::refuse ||
                                            finding.severity == Severity::consent);
           });
}

bool Diagnosis::warns() const {
    return std::ranges::find(checks, CheckState::warning, &Check::state) != checks.end() ||
           std::ranges::find(findings, Severity::warn, &Finding::severity) != findings.end();
}

namespace {

void add_new(const std::vector<std::string>& words, std::vector<std::string>& to) {
    for (const std::string& word : words)
        if (std::ranges::find(to, word) == to.end()) to.push_back(word);
}

bool wants_words(const Check& check) { return check.words != CommandLineWords{}; }

/// What a change whose text stands at the first of several checks does for the others.
std::string remark_for_others(const std::vector<Check>& checks, const Check& first) {
    std::vector<std::string> others;
    for (const Check& check : checks)
        if (wants_words(check) && &check != &first) add_new({check.check}, others);
    return in_words(first.words) + ". This one change has the words of " + joined(others) +
           " as well.\n";
}

/// Each check's own change of a line would undo the others': there is one, with all the words. It
/// stands at the first of them.
void join_command_lines(const KernelCommandLine& line, Diagnosis& diagnosis) {
    std::vector<Check>& checks = diagnosis.checks;
    for (const Check& check : checks) {
        add_new(check.words.add, diagnosis.words.add);
        add_new(check.words.remove, diagnosis.words.remove);
    }
    if (diagnosis.words == CommandLineWords{}) return;
    diagnosis.change_of_line = line.hint(diagnosis.words);
    const auto first = std::ranges::find_if(checks, wants_words);
    if (std::ranges::count_if(checks, wants_words) > 1)
        first->hint += remark_for_others(checks, *first);
    first->hint += diagnosis.change_of_line;
    for (auto check = std::next(first); check != checks.end(); ++check)
        if (wants_words(*check))
            check->hint +=
                in_words(check->words) + ": the change at " + first->check + " does that, too.";
}

}  // namespace

Diagnosis diagnose(const Symptoms& symptoms) {
    Diagnosis diagnosis;
    diagnosis.loader = symptoms.health.boot.loader;
    diagnosis.own_file = KernelCommandLine(symptoms.health).own_file();
    diagnose_platform(symptoms, diagnosis.checks);
    diagnose_boot(symptoms, diagnosis.checks);
    diagnose_functions(symptoms, diagnosis.checks);
    diagnose_surroundings(symptoms, diagnosis.checks);
    join_command_lines(KernelCommandLine(symptoms.health), diagnosis);
    diagnosis.profiles = symptoms.planned;
    diagnosis.findings = symptoms.findings;
    return diagnosis;
}

}  // namespace ctrlpass
