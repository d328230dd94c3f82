// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "src/plan/setting.hpp"

namespace ctrlpass {

enum class Verb { apply, rollback };

/// One line of a ledger. A transaction runs from `begin` to `commit` (apply, confirmed where it is
/// `pending`) or `restored` (an apply was undone, a rollback is through).
struct BeginRecord {
    Verb verb = Verb::apply;
    std::string transaction;  ///< the same in every ledger that one command writes
    std::string time;         ///< UTC, RFC 3339
    std::string boot;         ///< /proc/sys/kernel/random/boot_id
    std::string profile_path;
    std::string profile_digest;
    DomainRef domain;                   ///< empty without [vm]
    std::string who;                    ///< "root (sudo by alice)"
    std::vector<std::string> accepted;  ///< finding codes that were consented to
    bool pending = false;               ///< waits for confirmation
    bool at_boot = false;               ///< nobody is there to see how it goes
    bool operator==(const BeginRecord&) const = default;
};
/// The domain's persistent definition as it was before ctrlpass first touched it.
struct DefinitionRecord {
    DomainRef domain;
    std::string xml;
    bool operator==(const DefinitionRecord&) const = default;
};
struct HoldRecord {
    Setting setting;
    State state;
    State origin;
    bool operator==(const HoldRecord&) const = default;
};
struct IntentRecord {
    Setting setting;
    State before;  ///< read now: a failure goes back here
    State origin;  ///< the first ever: rollback goes back here
    State after;
    bool wanted = true;  ///< false: the way back, the claim ends with it
    bool operator==(const IntentRecord&) const = default;
};
struct DoneRecord {
    Setting setting;
    bool operator==(const DoneRecord&) const = default;
};
/// Who ended it, and when (UTC, RFC 3339); "" where nobody has signed.
struct Signature {
    std::string time;
    std::string who;
    bool operator==(const Signature&) const = default;
};
struct CommitRecord {
    Signature signature;
    bool operator==(const CommitRecord&) const = default;
};
struct RestoredRecord {
    Signature signature;
    bool operator==(const RestoredRecord&) const = default;
};
/// All changes of an apply are made, and it waits to be confirmed: then comes the commit. Until
/// that it is unfinished, as it would be if ctrlpass had died, but nobody undoes it before its
/// time.
struct WaitRecord {
    std::int64_t until = 0;  ///< seconds since the machine was booted, sleep included
    bool operator==(const WaitRecord&) const = default;
};
/// The boot in which the profile was applied came to its end (boot-complete.target).
struct BootCompleteRecord {
    bool operator==(const BootCompleteRecord&) const = default;
};
using Record = std::variant<BeginRecord, DefinitionRecord, HoldRecord, IntentRecord, DoneRecord,
                            CommitRecord, RestoredRecord, WaitRecord, BootCompleteRecord>;

/// One line of JSON without the newline at its end, and back. Errors: not JSON, not a record of
/// ours, a newer format.
std::string to_line(const Record& record);
Result<Record> parse_record(std::string_view line);

/// What a profile's ledger says of one setting.
struct Entry {
    Setting setting;
    State origin;      ///< where rollback goes back to
    State after;       ///< what the profile wants
    std::string boot;  ///< in which `origin` was read: a binding of another boot is void
    bool operator==(const Entry&) const = default;
};

/// A moment of one boot, by the clock that is never set.
struct Moment {
    std::string boot;
    std::int64_t seconds = 0;  ///< since the machine was booted, sleep included
};

/// A transaction without an end: ctrlpass died, something is stuck, or it waits to be confirmed.
struct Unfinished {
    BeginRecord begin;
    std::vector<IntentRecord> intents;  ///< in the order of writing; the last may not be done
    std::vector<HoldRecord> holds;
    std::optional<std::int64_t> waits_until;  ///< see WaitRecord
    /// May it still be confirmed? In another boot nothing of it is left to be kept.
    bool waits(const Moment& now) const {
        return waits_until && begin.boot == now.boot && now.seconds < *waits_until;
    }
    bool operator==(const Unfinished&) const = default;
};

/// How the last apply began and ended: history, which is told and is no part of the meaning, so two
/// ledgers that differ in it alone are equal.
struct LastApply {
    std::string time;   ///< UTC, RFC 3339; "" where there was none
    bool open = false;  ///< it is unfinished
    bool kept = false;  ///< it was not undone
    friend bool operator==(const LastApply&, const LastApply&) { return true; }
};

/// A ledger that cannot be read as a whole, or trusted: its profile is left alone, and so is
/// everything that it may claim.
struct BrokenLedger {
    Error error;
    std::vector<Setting> settings;  ///< sorted: every one that a whole line names
    /// Are these all that it can claim? Not where nothing, or not all of it, could be read.
    bool is_known = false;
    std::string transaction;  ///< the last that its lines begin and do not put back; "": none
    bool committed = false;   ///< that one was
    bool may_claim(const Setting& setting) const {
        return !is_known || std::ranges::binary_search(settings, setting);
    }
    bool operator==(const BrokenLedger&) const = default;
};

/// The meaning of one ledger: the fold of its records.
struct RecordedProfile {
    std::string name;
    std::optional<BeginRecord> committed;  ///< begin of the last committed apply that still holds
    std::vector<Entry> entries;            ///< in rank order
    std::vector<DefinitionRecord> definitions;
    std::optional<Unfinished> unfinished;
    /// The boot in which it was last begun at boot, as long as that has not come to its end and
    /// nobody has applied it since.
    std::optional<std::string> on_trial;
    LastApply last_apply;
    std::optional<BrokenLedger> broken;  ///< then nothing else of this is known
    bool is_applied() const { return committed.has_value(); }
    /// Is the last word a confirmed commit? Only then is the profile applied at boot.
    bool is_confirmed() const { return committed && !unfinished; }
    bool operator==(const RecordedProfile&) const = default;
};

RecordedProfile fold(const std::string& name, const std::vector<Record>& records);

/// All ledgers, by profile name.
using Recorded = std::map<std::string, RecordedProfile>;

}  // namespace ctrlpass
