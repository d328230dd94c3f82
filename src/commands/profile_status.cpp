// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/commands/profile_status.hpp"

#include "src/boot/skip.hpp"
#include "src/commands/applied_profile.hpp"
#include "src/commands/unconfirmed.hpp"
#include "src/plan/show_state.hpp"

namespace ctrlpass {

namespace {

/// What the profile claims, or would if its unfinished apply were kept.
std::vector<Entry> entries_of(const RecordedProfile& ledger) {
    if (!ledger.unfinished || ledger.unfinished->begin.verb != Verb::apply) return ledger.entries;
    std::vector<Entry> entries;
    const std::string& boot = ledger.unfinished->begin.boot;
    for (const HoldRecord& hold : ledger.unfinished->holds)
        entries.push_back({hold.setting, hold.origin, hold.state, boot});
    for (const IntentRecord& intent : ledger.unfinished->intents)
        if (intent.wanted) entries.push_back({intent.setting, intent.origin, intent.after, boot});
    return entries;
}

StatusLine line_of(const Entry& entry, const std::string& boot, Machine& machine) {
    StatusLine line{entry.setting, entry.after, std::nullopt, {}, false};
    const auto now = machine.read(entry.setting);
    if (!now) {
        line.remark =
            now.error().what + (now.error().where.empty() ? "" : ": ") + now.error().where;
        line.drift = true;
        return line;
    }
    line.now = *now;
    line.drift = !is_equivalent(*now, entry.after);
    if (!line.drift) return line;
    const bool rebooted = memory_of(entry.setting) == Memory::until_reboot && entry.boot != boot;
    line.remark = "is " + shown(*now) + (rebooted ? " since the machine was rebooted" : "");
    return line;
}

}  // namespace

std::vector<ProfileStatus> read_status(const std::vector<std::string>& names,
                                       const Recorded& recorded, Machine& machine,
                                       const Moment& now) {
    std::vector<ProfileStatus> all;
    for (const std::string& name : names) {
        ProfileStatus status{name, recorded.at(name), 0, {}};
        if (is_waiting(name, recorded, now))
            status.seconds_left = *status.ledger.unfinished->waits_until - now.seconds;
        status.skipped = boot_loop(status.ledger, now.boot);
        for (const Entry& entry : entries_of(status.ledger))
            status.lines.push_back(line_of(entry, now.boot, machine));
        all.push_back(std::move(status));
    }
    return all;
}

void look_for_texts(std::vector<ProfileStatus>& all, const std::string& state_directory) {
    for (ProfileStatus& status : all) {
        if (!status.ledger.committed || status.ledger.committed->domain.uuid.empty()) continue;
        const auto profile = applied_profile(status.ledger, state_directory);
        if (!profile) status.text_lost = profile.error();
    }
}

}  // namespace ctrlpass
