// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/support/ledger_history.hpp"

namespace ctrlpass::tests {

namespace {

const DomainRef guest{"qemu:///system", "3f2a", "win11"};
const Setting controller = BindingSetting{{0, 10, 0, 3}};
const Setting hostdev = HostdevSetting{guest, {0, 10, 0, 3}};
const State of_host = Binding{"xhci_hcd", std::nullopt};
const State of_guest = Binding{"vfio-pci", "vfio-pci"};
const State absent = std::optional<std::string>{};
const State present = std::optional<std::string>{"<hostdev managed='no'/>"};

}  // namespace

BeginRecord LedgerHistory::begin(Verb verb, bool at_boot) {
    ids_.push_back("transaction-" + std::to_string(ids_.size() + 1));
    BeginRecord record{.verb = verb, .transaction = ids_.back()};
    record.time = "2026-01-01T00:00:00Z";
    record.boot = "boot-" + ids_.back();
    record.profile_path = "/etc/ctrlpass/profiles.d/front.toml";
    record.domain = guest;
    record.who = "root" + padding_;
    record.at_boot = at_boot;
    return record;
}

std::vector<Record> LedgerHistory::apply(End end, bool at_boot) {
    std::vector<Record> records{begin(Verb::apply, at_boot)};
    records.push_back(DefinitionRecord{guest, "<domain>" + ids_.back() + "</domain>"});
    records.push_back(IntentRecord{controller, of_host, of_host, of_guest});
    records.push_back(DoneRecord{controller});
    records.push_back(IntentRecord{hostdev, absent, absent, present});
    records.push_back(DoneRecord{hostdev});
    if (end == End::kept)
        records.push_back(CommitRecord{{"2026-01-01T00:00:01Z", "root"}});
    else
        records.push_back(RestoredRecord{{"2026-01-01T00:00:01Z", "root"}});
    return records;
}

std::vector<Record> LedgerHistory::hold(bool at_boot) {
    return {begin(Verb::apply, at_boot), HoldRecord{hostdev, present, absent},
            IntentRecord{controller, of_host, of_host, of_guest}, DoneRecord{controller},
            CommitRecord{}};
}

std::vector<Record> LedgerHistory::rollback() {
    return {
        begin(Verb::rollback, false), IntentRecord{hostdev, present, absent, absent, false},
        DoneRecord{hostdev},          IntentRecord{controller, of_guest, of_host, of_host, false},
        DoneRecord{controller},       RestoredRecord{}};
}

std::vector<Record> LedgerHistory::boot() {
    std::vector<Record> records = hold(true);
    records.push_back(BootCompleteRecord{});
    return records;
}

std::string text_of(const std::vector<Record>& records) {
    std::string text;
    for (const Record& record : records) text += to_line(record) + "\n";
    return text;
}

}  // namespace ctrlpass::tests
