// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace ctrlpass {

enum class Severity {
    refuse,   ///< cannot or must not be done
    consent,  ///< done only when the profile lists the code under `allow`
    warn,
    note,
};
std::string_view to_string(Severity severity);

/// One row of the table of finding codes: part of the interface, printed in the man page.
struct FindingCode {
    std::string_view code;
    Severity severity;
    std::string_view meaning;      ///< one line, for the man page
    std::string_view way_forward;  ///< the hint where a finding brings none of its own
};
std::span<const FindingCode> finding_codes();
const FindingCode* find_code(std::string_view code);

/// Refusals that give way to --i-may-lock-myself-out on the command line, and to nothing else.
bool is_lock_out(std::string_view code);

/// What stands in the way of a plan, or is worth knowing about it.
struct Finding {
    std::string profile;  ///< "" in `inspect`
    std::string code;
    Severity severity = Severity::note;
    std::string subject;  ///< what it is about: an address, a domain, a setting
    std::string message;  ///< the fact, lower case, one line
    std::string hint;     ///< the way forward, may have several lines; commands indented by four
    /// A consent that the profile's `allow` gives, a lock-out that the command line takes.
    bool accepted = false;
    bool operator==(const Finding&) const = default;
};

/// A finding with the severity of its code. The code must be one of the table.
Finding make_finding(std::string profile, std::string_view code, std::string subject,
                     std::string message, std::string hint = {});

}  // namespace ctrlpass
