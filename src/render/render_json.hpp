// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "src/execute/execute.hpp"
#include "src/findings/diagnosis.hpp"
#include "src/plan/plan.hpp"

namespace ctrlpass {

/// The document of `plan --json`; with a report, that of `apply` and `rollback`.
std::string plan_json(const std::string& command, const Plan& plan);
std::string report_json(const std::string& command, const Plan& plan, const Report& report);

/// The document of `init --from --json` when something of the profile is not found.
std::string init_json(const std::vector<Finding>& findings);

/// The document of `doctor --json`.
std::string doctor_json(const Diagnosis& diagnosis);

/// The document of `pin --json`.
std::string pin_json(const std::string& profile, const LiveReport& live,
                     const std::vector<Finding>& findings);

/// {"format","command","error":{"what","where","hint"}}: a failure before there was a plan. Those
/// of `apply` and `rollback` have all their members, empty.
std::string error_json(const std::string& command, const Error& error);

}  // namespace ctrlpass
