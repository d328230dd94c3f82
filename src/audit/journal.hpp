// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "src/audit/audited_ledger.hpp"

namespace ctrlpass {

/// MESSAGE_ID of every entry, see journalctl(1); it never changes.
inline constexpr std::string_view audit_message_id = "5a6c1f0b9d3e4b7c8f21d6e0a4973c58";

/// The entry of a change: "FIELD=text" each, MESSAGE first.
std::vector<std::string> journal_fields(const AuditedChange& change);

/// To systemd's journal; where none runs, to the system log. A log that cannot be reached stops
/// nothing: the ledger has it all.
void tell_journal(const AuditedChange& change);

/// A warning, where all who asked may be gone.
void tell_journal(const std::string& warning);

}  // namespace ctrlpass
