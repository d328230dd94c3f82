// SPDX-License-Identifier: GPL-2.0-or-later
// The Debian package reads ledgers by a shell when it is purged, for the program is gone by then.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "src/ledger/ledger.hpp"
#include "tests/support/run_program.hpp"
#include "tests/support/temp_tree.hpp"

using namespace ctrlpass;
using ctrlpass::tests::run_command;
using ctrlpass::tests::TempDir;

namespace {

const Setting controller = BindingSetting{{0, 10, 0, 3}};
const State host = Binding{"xhci_hcd", std::nullopt};
const State ours = Binding{"vfio-pci", "vfio-pci"};

BeginRecord begin(Verb verb) {
    BeginRecord record;
    record.verb = verb;
    record.profile_path = R"(/p/","verb":"rollback",".toml)";
    return record;
}
std::vector<Record> transaction(Verb verb, const std::vector<Record>& end) {
    std::vector<Record> records{begin(verb), DefinitionRecord{{"u", "1", "win11"}, "<domain/>\n"},
                                HoldRecord{controller, ours, host},
                                IntentRecord{controller, host, host, ours}, DoneRecord{controller}};
    records.insert(records.end(), end.begin(), end.end());
    return records;
}

struct Scratch {
    TempDir directory;
    std::string state = directory.path() + "/state";
    std::string file = state + "/ledger/front.jsonl";

    Scratch() {
        std::filesystem::create_directories(state + "/ledger");
        ::chmod((state + "/ledger").c_str(), 0700);
        ::chmod(state.c_str(), 0700);
    }
    void write(const std::string& text) const {
        std::ofstream(file, std::ios::binary) << text;
        ::chmod(file.c_str(), 0600);
    }
    /// What the purge would say is applied.
    std::string left() const {
        const auto run =
            run_command("sh -c '. \"$0\" && applied \"$1\"' '" + std::string(TESTS_DIR) +
                        "/../scripts/package/applied.sh' '" + state + "'");
        CHECK(run.code == 0);
        return run.output;
    }
    /// As ctrlpass itself reads it.
    bool is_settled() const {
        const auto recorded = read_ledgers(state);
        if (!recorded) return false;
        const auto found = recorded->find("front");
        return found == recorded->end() ||
               (!found->second.broken && !found->second.is_applied() && !found->second.unfinished);
    }
};

}  // namespace

TEST_CASE("after every record of a history a purge sees what ctrlpass sees") {
    const Scratch scratch;
    std::vector<Record> history;
    const auto add = [&](const std::vector<Record>& records) {
        history.insert(history.end(), records.begin(), records.end());
    };
    add(transaction(Verb::apply, {RestoredRecord{}}));
    add(transaction(Verb::apply, {CommitRecord{}, BootCompleteRecord{}}));
    add(transaction(Verb::apply, {RestoredRecord{}}));
    add(transaction(Verb::rollback, {RestoredRecord{}}));
    add(transaction(Verb::apply, {WaitRecord{99}, CommitRecord{}}));
    add(transaction(Verb::rollback, {}));
    add(transaction(Verb::rollback, {RestoredRecord{}}));
    std::string text;
    int settled = 0;
    for (const Record& record : history) {
        const std::string line = to_line(record);
        scratch.write(text + line.substr(0, line.size() / 2));
        CHECK_MESSAGE(scratch.left().empty() == scratch.is_settled(), text);
        text += line + "\n";
        scratch.write(text);
        CHECK_MESSAGE(scratch.left().empty() == scratch.is_settled(), text);
        if (scratch.is_settled()) ++settled;
    }
    CHECK(settled == 3);
}

TEST_CASE("a purge takes what it does not understand for applied") {
    const Scratch scratch;
    const std::string settled =
        to_line(begin(Verb::apply)) + "\n" + to_line(RestoredRecord{}) + "\n";
    CHECK(scratch.left().empty());
    scratch.write(settled);
    CHECK(scratch.left().empty());
    scratch.write(settled + "{\"rec" + std::string(3, '\0'));
    CHECK(scratch.left().empty());
    std::string newer = settled;
    newer.replace(newer.find("\"format\":1"), 10, "\"format\":2");
    for (const std::string& text :
         {newer, settled + "{\"record\":\"pause\"}\n", settled + "rubbish", "\n" + settled,
          to_line(DoneRecord{controller}) + "\n" + settled,
          settled.substr(0, settled.size() / 2) + "\n"}) {
        CAPTURE(text);
        scratch.write(text);
        CHECK(scratch.left() == " front");
        CHECK_FALSE(scratch.is_settled());
    }
    std::filesystem::remove(scratch.file);
    std::filesystem::create_symlink("/dev/null", scratch.file);
    CHECK(scratch.left() == " front");
}

TEST_CASE("a removal of the package is refused while an apply waits, and nothing is confirmed") {
    const TempDir folder;
    const auto program = [&](const std::string& name, const std::string& body) {
        const std::string path = folder.path() + "/" + name;
        std::ofstream(path) << "#!/bin/sh\necho \"" << name << " $*\" >> " << folder.path()
                            << "/asked\n"
                            << body << "\n";
        std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    };
    const auto prerm = [&](const std::string& words) {
        return run_command("PATH=" + folder.path() + ":$PATH sh " + TESTS_DIR +
                           "/../scripts/package/prerm.in " + words);
    };
    program("systemctl", "");
    program("deb-systemd-helper", "");
    program("ctrlpass", "echo 'front  applied'");
    CHECK(prerm("remove").code == 0);
    program("ctrlpass",
            "echo 'front  applied, and put back in 9 s unless it is kept: ctrlpass confirm front'");
    const auto refused = prerm("remove");
    CHECK(refused.code == 1);
    CHECK(refused.output.find("ctrlpass confirm\n      ctrlpass rollback --all") !=
          std::string::npos);
    CHECK(prerm("upgrade 2.0").code == 0);
    CHECK(run_command("grep -E 'ctrlpass (confirm|rollback)' " + folder.path() + "/asked").code ==
          1);
}
