// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/findings/diagnosis.hpp"

#include <algorithm>

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

Diagnosis diagnose(const Symptoms& symptoms) {
    Diagnosis diagnosis;
    diagnosis.loader = symptoms.health.boot.loader;
    diagnosis.own_file = KernelCommandLine(symptoms.health).own_file();
    diagnose_platform(symptoms, diagnosis.checks);
    diagnose_boot(symptoms, diagnosis.checks);
    diagnose_functions(symptoms, diagnosis.checks);
    diagnose_surroundings(symptoms, diagnosis.checks);
    diagnosis.profiles = symptoms.planned;
    diagnosis.findings = symptoms.findings;
    return diagnosis;
}

}  // namespace ctrlpass
