// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/ledger/record.hpp"

#include <doctest/doctest.h>

using namespace ctrlpass;

namespace {

const DomainRef win11{"qemu:///system", "6f1c0c0e-0000-4000-8000-000000000001", "win 11"};
const Setting module_setting = ModuleSetting{"vfio-pci"};
const Setting binding = BindingSetting{{0x10000, 0xe1, 0, 3}};
const Setting hostdev = HostdevSetting{win11, {0, 10, 0, 3}};
const Setting pin = PinSetting{win11, {GuestThread::Kind::vcpu, 1}};
const Setting file = FileSetting{"/etc/libvirt/hooks/qemu.d/50 ctrlpass"};
const State unpinned = std::optional<CpuSet>{};
const State two_cpus = std::optional(CpuSet{2, 3, 4});
const State no_file = FileState{{}, 2};
const State script = FileState{"#!/bin/sh\nexit 0\n", 0};
const State host = Binding{"xhci_hcd", std::nullopt};
const State ours = Binding{"vfio-pci", "vfio-pci"};
const State nothing = Binding{};
const State absent = std::optional<std::string>{};
const State here = std::optional<std::string>{"<hostdev type=\"pci\"/>"};

BeginRecord a_begin(Verb verb = Verb::apply, const std::string& boot = "boot") {
    BeginRecord begin;
    begin.verb = verb;
    begin.transaction = "0123456789abcdef";
    begin.time = "2026-01-02T03:04:05Z";
    begin.boot = boot;
    begin.profile_path = "/etc/ctrlpass/profiles.d/front.toml";
    begin.profile_digest = "sha256:00";
    begin.domain = win11;
    begin.who = "root (sudo by alice)";
    begin.accepted = {"bluetooth", "not-usb"};
    begin.pending = true;
    return begin;
}

std::vector<Record> one_of_each() {
    return {a_begin(),
            a_begin(Verb::rollback),
            BeginRecord{},
            DefinitionRecord{win11, "<domain>\n\t<name>\"win\"</name>\n</domain>\n"},
            HoldRecord{binding, ours, host},
            HoldRecord{hostdev, here, absent},
            HoldRecord{module_setting, true, false},
            IntentRecord{binding, host, host, ours},
            IntentRecord{binding, ours, nothing, nothing, false},
            IntentRecord{hostdev, absent, absent, here},
            HoldRecord{pin, two_cpus, unpinned},
            IntentRecord{pin, unpinned, unpinned, two_cpus},
            HoldRecord{file, script, script},
            IntentRecord{file, FileState{}, FileState{}, script},
            DoneRecord{binding},
            DoneRecord{pin},
            DoneRecord{file},
            DoneRecord{hostdev},
            CommitRecord{},
            RestoredRecord{}};
}

std::string error_of(const std::string& line) {
    const auto record = parse_record(line);
    return record ? "" : record.error().what;
}

/// An apply that brings these settings there.
std::vector<Record> apply(const std::vector<IntentRecord>& intents,
                          const std::string& boot = "boot") {
    std::vector<Record> records{a_begin(Verb::apply, boot)};
    for (const IntentRecord& intent : intents) {
        records.emplace_back(intent);
        records.emplace_back(DoneRecord{intent.setting});
    }
    records.emplace_back(CommitRecord{});
    return records;
}

RecordedProfile fold_of(std::vector<std::vector<Record>> parts) {
    std::vector<Record> all;
    for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
    return fold("front", all);
}

const IntentRecord bind{binding, host, host, ours};
const IntentRecord give{hostdev, absent, absent, here};

}  // namespace

TEST_CASE("every record is one line and comes back as it was") {
    for (const Record& record : one_of_each()) {
        const std::string line = to_line(record);
        CAPTURE(line);
        CHECK(line.find('\n') == line.npos);
        const auto back = parse_record(line);
        REQUIRE(back);
        CHECK(*back == record);
        CHECK(to_line(*back) == line);
    }
}

TEST_CASE("a record has its kind first and its states as documents have them") {
    CHECK(to_line(IntentRecord{hostdev, absent, absent, here}) ==
          R"({"record":"intent","setting":"hostdev win 11 0000:0a:00.3","uri":"qemu:///system",)"
          R"("uuid":"6f1c0c0e-0000-4000-8000-000000000001","before":null,"origin":null,)"
          R"("after":"<hostdev type=\"pci\"/>","wanted":true})");
    CHECK(to_line(HoldRecord{binding, ours, nothing}) ==
          R"({"record":"hold","setting":"binding 10000:e1:00.3",)"
          R"("state":{"driver":"vfio-pci","override":"vfio-pci"},)"
          R"("origin":{"driver":null,"override":null}})");
    CHECK(to_line(HoldRecord{pin, two_cpus, unpinned}) ==
          R"({"record":"hold","setting":"pin win 11 vcpu 1","uri":"qemu:///system",)"
          R"("uuid":"6f1c0c0e-0000-4000-8000-000000000001","state":"2-4","origin":null})");
    CHECK(to_line(HoldRecord{file, script, no_file}) ==
          R"({"record":"hold","setting":"file /etc/libvirt/hooks/qemu.d/50 ctrlpass",)"
          R"("state":"#!/bin/sh\nexit 0\n","origin":{"missing_folders":2}})");
    CHECK(to_line(a_begin()).starts_with(R"({"record":"begin","format":1,"verb":"apply",)"));
}

TEST_CASE("a ledger remembers which folders were missing, though that makes no other state") {
    const auto back = parse_record(to_line(HoldRecord{file, script, no_file}));
    REQUIRE(back);
    CHECK(std::get<FileState>(std::get<HoldRecord>(*back).origin).missing_folders == 2);
    CHECK(FileState{{}, 2} == FileState{});
}

TEST_CASE("a pin that is no list of CPUs and a file that is no text are no record") {
    const auto hold = [](const std::string& setting, const std::string& state) {
        return parse_record(R"({"record":"hold","setting":")" + setting +
                            R"(","uri":"u","uuid":"i","state":)" + state + R"(,"origin":null})")
            .has_value();
    };
    CHECK(hold("pin w vcpu 1", "\"2-3\""));
    CHECK(hold("file /x", "\"\""));
    for (const char* bad : {"\"\"", "\"3-2\"", "\"^1\"", "2", "[2]", "true", "\"9999\""}) {
        CAPTURE(bad);
        CHECK_FALSE(hold("pin w vcpu 1", bad));
    }
    for (const char* bad : {"2", "{}", R"({"missing_folders":-1})", R"({"missing_folders":"1"})",
                            R"({"missing_folders":99999999999})"}) {
        CAPTURE(bad);
        CHECK_FALSE(hold("file /x", bad));
    }
}

TEST_CASE("a name that is no UTF-8 or has control characters still gives one clean line") {
    BeginRecord begin = a_begin();
    begin.who = "evil\n\x1b[2J\x80\xff";
    const std::string line = to_line(begin);
    for (const char each : line) CHECK((each >= ' ' && each <= '~'));
    CHECK(parse_record(line));
}

TEST_CASE("the name of a domain with spaces comes back") {
    const auto back = parse_record(to_line(DoneRecord{hostdev}));
    REQUIRE(back);
    const auto& setting = std::get<HostdevSetting>(std::get<DoneRecord>(*back).setting);
    CHECK(setting.domain.name == "win 11");
    CHECK(setting.domain.uuid == win11.uuid);
    CHECK(setting.domain.uri == win11.uri);
}

TEST_CASE("members that are not known are ignored") {
    CHECK(parse_record(R"({"record":"commit","mood":"good"})"));
}

TEST_CASE("every record with a member missing or of another kind is no record") {
    for (const Record& record : one_of_each()) {
        const std::string line = to_line(record);
        for (std::size_t at = line.find("\":"); at != line.npos; at = line.find("\":", at + 1)) {
            const auto name = line.rfind('"', at - 1);
            if (line[at - 1] == '\\' || line[name - 1] == '\\') continue;
            std::string other = line;
            other.replace(name + 1, at - name - 1, "other");
            CAPTURE(other);
            // Ledgers of a ctrlpass that knew nothing of booting do not have it.
            const bool newer = line.substr(name + 1, at - name - 1) == "at_boot";
            CHECK(parse_record(other).has_value() == newer);
            other = line;
            other.insert(at + 2, "[[7]],\"more\":");
            CAPTURE(other);
            CHECK_FALSE(parse_record(other));
        }
    }
}

TEST_CASE("a verb of the future is not taken for one of ours") {
    std::string line = to_line(a_begin());
    line.replace(line.find("\"apply\""), 7, "\"dance\"");
    CHECK(error_of(line) != "");
}

TEST_CASE("what is no JSON is an error whatever it is") {
    for (const std::string& line :
         {std::string("{"), std::string("\xff\xfe"), std::string(10, '\0'),
          std::string(100000, '['), std::string("1e999"), std::string("{\"record\":\"commit\"} x"),
          std::string()})
        CHECK(error_of(line) != "");
}

TEST_CASE("a newer format is told apart from what is not ours") {
    for (const std::string format : {"2", "99999999999999999999", "18446744073709551615"})
        CHECK(error_of(R"({"record":"begin","format":)" + format + "}").find("newer") !=
              std::string::npos);
    for (const std::string format : {"0", "-1", "1.5", "\"1\"", "null"})
        CHECK(error_of(R"({"record":"begin","format":)" + format + "}").find("newer") ==
              std::string::npos);
}

TEST_CASE("a committed apply leaves what it wanted with its first state") {
    const auto profile = fold_of({apply({bind, give})});
    CHECK(profile.is_applied());
    CHECK(profile.committed->profile_digest == "sha256:00");
    CHECK(profile.entries ==
          std::vector<Entry>{{binding, host, ours, "boot"}, {hostdev, absent, here, "boot"}});
    CHECK_FALSE(profile.unfinished);
}

TEST_CASE("an apply that is not committed changes nothing of what was") {
    auto open = apply({give});
    open.pop_back();
    const auto profile = fold_of({apply({bind}), open});
    CHECK(profile.entries == std::vector<Entry>{{binding, host, ours, "boot"}});
    REQUIRE(profile.unfinished);
    CHECK(profile.unfinished->intents == std::vector<IntentRecord>{give});
    const auto undone = fold_of({apply({bind}), open, {RestoredRecord{}}});
    CHECK(undone == fold_of({apply({bind})}));
}

TEST_CASE("a first apply that was undone leaves nothing") {
    auto open = apply({give});
    open.pop_back();
    open.insert(open.begin() + 1, DefinitionRecord{win11, "<domain/>"});
    CHECK(fold_of({open, {RestoredRecord{}}}) == RecordedProfile{.name = "front"});
}

TEST_CASE("a later apply keeps the first state of what it holds and drops what it lets go") {
    IntentRecord back = give;
    std::swap(back.before, back.after);
    back.wanted = false;
    const auto profile = fold_of(
        {apply({bind, give}),
         {a_begin(), HoldRecord{binding, ours, host}, back, DoneRecord{hostdev}, CommitRecord{}}});
    CHECK(profile.entries == std::vector<Entry>{{binding, host, ours, "boot"}});
}

TEST_CASE("bindings of another boot are void for whoever asks") {
    const auto profile = fold_of({apply({bind, give}, "old"), apply({give}, "new")});
    CHECK(profile.entries == std::vector<Entry>{{hostdev, absent, here, "new"}});
}

TEST_CASE("a rollback gives up each setting as it is done and all of them in the end") {
    const Record begin = a_begin(Verb::rollback);
    const IntentRecord unbind{binding, ours, host, host, false};
    const auto half = fold_of({apply({bind, give}), {begin, unbind, DoneRecord{binding}}});
    CHECK(half.is_applied());
    CHECK(half.entries == std::vector<Entry>{{hostdev, absent, here, "boot"}});
    REQUIRE(half.unfinished);
    CHECK(half.unfinished->begin.verb == Verb::rollback);
    const auto whole =
        fold_of({apply({bind, give}), {begin, unbind, DoneRecord{binding}, RestoredRecord{}}});
    CHECK(whole == RecordedProfile{.name = "front"});
}

TEST_CASE("the definition of the first touch stays as long as a hostdev of the domain does") {
    auto first = apply({bind, give});
    first.insert(first.begin() + 1, DefinitionRecord{win11, "first"});
    auto second = apply({bind, give});
    second.insert(second.begin() + 1, DefinitionRecord{win11, "second"});
    const auto kept = fold_of({first, second});
    REQUIRE(kept.definitions.size() == 1);
    CHECK(kept.definitions.front().xml == "first");
    CHECK(fold_of({first, apply({bind})}).definitions.empty());
    second.pop_back();
    second.back() = RestoredRecord{};
    CHECK(fold_of({apply({bind}), second}).definitions.empty());
}

TEST_CASE("a definition is known to an unfinished apply that recorded it") {
    const auto profile = fold_of({{a_begin(), DefinitionRecord{win11, "<domain/>"}, give}});
    REQUIRE(profile.definitions.size() == 1);
    CHECK(profile.unfinished->intents.size() == 1);
}
