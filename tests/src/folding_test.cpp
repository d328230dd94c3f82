// SPDX-License-Identifier: GPL-2.0-or-later
// Ledgers that grow: what is folded away, what is kept, and that no cut loses either.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <random>

#include "src/audit/history.hpp"
#include "src/ledger/folded.hpp"
#include "src/ledger/ledger.hpp"
#include "tests/support/fragile_disk.hpp"
#include "tests/support/ledger_history.hpp"
#include "tests/support/temp_tree.hpp"

using namespace ctrlpass;
using namespace ctrlpass::tests;

namespace {

namespace fs = std::filesystem;
using End = LedgerHistory::End;

std::vector<Record> records_of(const std::string& text) {
    std::vector<Record> records;
    for (std::size_t begin = 0; begin < text.size();) {
        const auto end = text.find('\n', begin);
        REQUIRE(end != text.npos);
        auto record = parse_record(text.substr(begin, end - begin));
        REQUIRE(record.has_value());
        records.push_back(std::move(*record));
        begin = end + 1;
    }
    return records;
}

bool are_the_same(const RecordedProfile& one, const RecordedProfile& other) {
    return one == other && one.last_apply.time == other.last_apply.time &&
           one.last_apply.kept == other.last_apply.kept;
}

std::string golden(const std::string& name) {
    std::ifstream file(std::string(TESTS_DIR) + "/golden/ledgers/" + name, std::ios::binary);
    REQUIRE(file);
    return {std::istreambuf_iterator<char>(file), {}};
}

void add(std::vector<Record>& all, const std::vector<Record>& more) {
    all.insert(all.end(), more.begin(), more.end());
}

/// A state directory with the ledger of one profile.
struct Grown {
    TempDir temp;
    std::string path = temp.path() + "/state";
    std::string file = path + "/ledger/front.jsonl";
    LedgerBounds bounds{.grown = 4096};  ///< without the optimiser, long ledgers take their time

    Grown() { REQUIRE(LedgerDirectory::open(path).has_value()); }
    void put(const std::string& text) const {
        std::ofstream(file, std::ios::binary) << text;
        ::chmod(file.c_str(), 0600);
    }
    Result<> append(const std::vector<Record>& records, DiskFate& fate) const {
        auto ledger = LedgerDirectory::open(path, std::make_unique<FragileDisk>(fate), bounds);
        REQUIRE(ledger.has_value());
        for (const Record& record : records) TRY(ledger->append("front", record));
        return {};
    }
    Result<> append(const std::vector<Record>& records) const {
        DiskFate none;
        return append(records, none);
    }
    RecordedProfile meaning() const {
        const auto recorded = read_ledgers(path);
        REQUIRE(recorded.has_value());
        return recorded->at("front");
    }
    std::vector<std::string> logged() const {
        std::vector<std::string> notes;
        const auto records = read_records(path, notes);
        REQUIRE(records.has_value());
        CHECK(notes.empty());
        std::vector<std::string> ids;
        for (const auto& past : history_of({"front"}, *records))
            ids.push_back(past.begin.transaction);
        return ids;
    }
    std::uintmax_t size() const { return fs::file_size(file); }
    std::uintmax_t past_size() const {
        std::uintmax_t sum = 0;
        for (const auto& entry : fs::directory_iterator(path + "/history"))
            sum += entry.file_size();
        return sum;
    }
};

std::vector<std::string> sorted(std::vector<std::string> texts) {
    std::ranges::sort(texts);
    return texts;
}

/// Longer than what is folded.
std::vector<Record> grown(LedgerHistory& history) {
    std::vector<Record> records = history.apply();
    while (text_of(records).size() < 8'000) add(records, history.boot());
    return records;
}

}  // namespace

TEST_CASE("a folded ledger is format 1 to the byte, and means what the grown one meant") {
    const std::string before = golden("grown.jsonl");
    const auto folded = fold_text("front", before);
    REQUIRE(folded.has_value());
    CHECK(folded->kept == golden("folded.jsonl"));
    CHECK(are_the_same(fold("front", records_of(before)), fold("front", records_of(folded->kept))));
    CHECK(folded->past.find("\"definition\"") == std::string::npos);
}

TEST_CASE("whatever happened to a profile, its folded ledger means the same") {
    std::mt19937 random(14);
    int count = 0;
    for (int round = 0; round < 600; ++round) {
        LedgerHistory history;
        std::vector<Record> records;
        const auto length = 2 + random() % 12;
        for (std::size_t i = 0; i < length; ++i) {
            const auto choice = random() % 7;
            if (choice == 0) add(records, history.rollback());
            if (choice == 1) add(records, history.apply(End::put_back, random() % 2 == 0));
            if (choice == 2) add(records, history.apply(End::kept, random() % 2 == 0));
            if (choice == 3) add(records, history.hold(random() % 2 == 0));
            if (choice == 4) add(records, history.boot());
            if (choice == 5 && !records.empty()) records.emplace_back(BootCompleteRecord{});
            if (choice == 6) add(records, history.apply());
        }
        const std::string text = text_of(records);
        CAPTURE(text);
        const auto folded = fold_text("front", text);
        if (!folded) continue;
        ++count;
        REQUIRE(are_the_same(fold("front", records), fold("front", records_of(folded->kept))));
        // Each transaction is in one of the two.
        std::vector<std::string> ids;
        for (const std::string& part : {folded->kept, folded->past})
            for (const Record& record : records_of(part))
                if (const auto* const begin = std::get_if<BeginRecord>(&record))
                    ids.push_back(begin->transaction);
        REQUIRE(sorted(ids) == sorted(history.ids()));
    }
    CHECK(count > 300);
}

TEST_CASE("a ledger with an open transaction is not folded") {
    LedgerHistory history;
    std::vector<Record> records = grown(history);
    add(records, history.apply());
    records.pop_back();
    CHECK_FALSE(fold_text("front", text_of(records)).has_value());
    records.emplace_back(WaitRecord{60});
    CHECK_FALSE(fold_text("front", text_of(records)).has_value());
}

TEST_CASE("a ledger that has grown is folded before the next transaction begins") {
    const Grown state;
    LedgerHistory history;
    const auto records = grown(history);
    state.put(text_of(records));
    const RecordedProfile before = state.meaning();
    auto next = history.boot();
    REQUIRE(state.append(next).has_value());
    CHECK(state.size() < 6'000);
    std::vector<Record> all = records;
    add(all, next);
    CHECK(are_the_same(state.meaning(), fold("front", all)));
    CHECK(state.meaning().definitions == before.definitions);
    CHECK(sorted(state.logged()) == sorted(history.ids()));
    struct stat status {};
    for (const auto& entry : fs::directory_iterator(state.path + "/history")) {
        REQUIRE(::stat(entry.path().c_str(), &status) == 0);
        CHECK((status.st_mode & 07777) == 0600);
    }
    REQUIRE(::stat((state.path + "/history").c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0700);
}

TEST_CASE("other records than a begin fold nothing") {
    const Grown state;
    LedgerHistory history;
    state.put(text_of(grown(history)));
    const auto size = state.size();
    REQUIRE(state.append({BootCompleteRecord{}}).has_value());
    CHECK(state.size() > size);
    CHECK_FALSE(fs::exists(state.path + "/history"));
}

TEST_CASE("cut at any step of a folding, the ledger means the same and log has each line once") {
    int cases = 0;
    for (const bool twice : {false, true}) {
        for (const Stage stage : {Stage::before, Stage::during, Stage::after}) {
            for (int step = 1; step <= 4; ++step) {
                CAPTURE(twice);
                CAPTURE(static_cast<int>(stage));
                CAPTURE(step);
                const Grown state;
                LedgerHistory history;
                auto records = grown(history);
                state.put(text_of(records));
                if (twice) {  // to what is past already
                    REQUIRE(state.append(history.boot()).has_value());
                    std::ofstream(state.file, std::ios::app | std::ios::binary)
                        << text_of(grown(history));
                }
                const RecordedProfile before = state.meaning();
                const auto ids = sorted(history.ids());
                const auto next = history.boot();
                DiskFate fate;
                fate.deaths[step] = stage;
                CHECK_THROWS_AS((void)state.append(next, fate), Killed);
                CHECK(are_the_same(state.meaning(), before));
                CHECK(sorted(state.logged()) == ids);
                // What could not be folded is written on, and folded later.
                DiskFate refused;
                for (int i = 1; i <= 8; ++i) refused.refused[i] = ENOSPC;
                REQUIRE(state.append(next, refused).has_value());
                CHECK(sorted(state.logged()) == sorted(history.ids()));
                REQUIRE(state.append(history.boot()).has_value());
                CHECK(state.size() < 6'000);
                CHECK(sorted(state.logged()) == sorted(history.ids()));
                CHECK(state.meaning().committed->transaction == history.ids().back());
                ++cases;
            }
        }
    }
    CHECK(cases == 24);
}

TEST_CASE("a step of a folding that is refused keeps no transaction from beginning") {
    for (const int error_number : {ENOSPC, EROFS, EIO, EDQUOT}) {
        for (int step = 1; step <= 4; ++step) {
            CAPTURE(error_number);
            CAPTURE(step);
            const Grown state;
            LedgerHistory history;
            state.put(text_of(grown(history)));
            DiskFate fate;
            fate.refused[step] = error_number;
            REQUIRE(state.append(history.boot(), fate).has_value());
            CHECK(sorted(state.logged()) == sorted(history.ids()));
            CHECK(state.meaning().committed->transaction == history.ids().back());
        }
    }
}

TEST_CASE("after hundreds of boots the ledger is as short as after ten") {
    Grown state;
    state.bounds = {};
    LedgerHistory history;
    REQUIRE(state.append(history.apply()).has_value());
    std::uintmax_t longest = 0;
    for (int i = 0; i < 200; ++i) {
        REQUIRE(state.append(history.boot()).has_value());
        longest = std::max(longest, state.size());
    }
    CHECK(longest < 20'000);
    CHECK(sorted(state.logged()) == sorted(history.ids()));
}

TEST_CASE("what is past is bounded, and its oldest goes first") {
    const Grown state;
    LedgerHistory history;
    const LedgerBounds small{.grown = 8192, .unit = 8192};
    for (int i = 0; i < 200; ++i) {
        auto ledger = LedgerDirectory::open(state.path, std::make_unique<Disk>(), small);
        REQUIRE(ledger.has_value());
        for (const Record& record : history.boot())
            REQUIRE(ledger->append("front", record).has_value());
    }
    CHECK(state.past_size() < 18 * small.unit);
    const auto logged = state.logged();
    CHECK(logged.size() < history.ids().size());
    CHECK(logged.size() > 50);
    // None is missing between the oldest that is left and the last.
    const auto& ids = history.ids();
    CHECK(std::vector(ids.end() - std::ssize(logged), ids.end()) == logged);
}

TEST_CASE("a history that others may change, or that is damaged, is told and stops nothing") {
    const Grown state;
    LedgerHistory history;
    state.put(text_of(grown(history)));
    REQUIRE(state.append(history.boot()).has_value());
    const std::string file = fs::directory_iterator(state.path + "/history")->path();
    std::ofstream(file, std::ios::app) << "my own notes\n";
    std::vector<std::string> notes;
    REQUIRE(read_records(state.path, notes).has_value());
    REQUIRE(notes.size() == 1);
    CHECK(notes.front().find("1 lines are no records") != std::string::npos);
    fs::permissions(file, fs::perms::others_write, fs::perm_options::add);
    notes.clear();
    const auto records = read_records(state.path, notes);
    REQUIRE(records.has_value());
    CHECK(notes.size() == 1);
    CHECK(records->at("front").size() < 30);
    fs::remove_all(state.path + "/history");
    fs::create_directory_symlink("/tmp", state.path + "/history");
    REQUIRE(state.append(grown(history)).has_value());
    REQUIRE(state.append(history.boot()).has_value());
    CHECK(state.meaning().is_applied());
}

TEST_CASE("histories of profiles whose names begin alike are kept apart") {
    const TempDir temp;
    const std::string path = temp.path() + "/state";
    std::map<std::string, LedgerHistory> histories;
    for (const std::string name : {"front", "front-000001", "front.jsonl"}) {
        auto ledger =
            LedgerDirectory::open(path, std::make_unique<Disk>(), LedgerBounds{.grown = 4096});
        REQUIRE(ledger.has_value());
        LedgerHistory& history = histories[name];
        for (const Record& record : grown(history)) REQUIRE(ledger->append(name, record));
        for (const Record& record : history.boot()) REQUIRE(ledger->append(name, record));
    }
    std::vector<std::string> notes;
    const auto records = read_records(path, notes);
    REQUIRE(records.has_value());
    for (const auto& [name, history] : histories)
        CHECK(history_of({name}, *records).size() == history.ids().size());
}

TEST_CASE("a ledger as long as an older ctrlpass could make it is read") {
    const Grown state;
    LedgerHistory history;
    state.put(text_of(history.apply()));
    const RecordedProfile before = state.meaning();
    // Its last record crossed 64 MiB, and a power cut left its length and nothing else.
    fs::resize_file(state.file, (64U << 20U) + (8U << 20U));
    CHECK(state.meaning() == before);
    REQUIRE(state.append(history.rollback()).has_value());
    CHECK(state.size() < 10'000);
}

TEST_CASE("an apply that would fill the ledger is refused at its begin, a rollback has room") {
    const Grown state;
    const LedgerBounds small{.grown = 4096, .unit = 1024};
    const auto append = [&](const std::vector<Record>& records) -> Result<> {
        auto ledger = LedgerDirectory::open(state.path, std::make_unique<Disk>(), small);
        for (const Record& record : records) TRY(ledger->append("front", record));
        return {};
    };
    LedgerHistory history;
    auto records = history.apply();
    std::get<DefinitionRecord>(records[1]).xml = std::string(33U << 10U, 'x');
    REQUIRE(append(records).has_value());
    const auto size = state.size();
    const auto refused = append(history.hold());
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().where.find("MiB long") != std::string::npos);
    CHECK(refused.error().hint.find("ctrlpass rollback front") != std::string::npos);
    CHECK(state.size() == size);
    REQUIRE(append(history.rollback()).has_value());
    REQUIRE(append(history.hold()).has_value());
    CHECK(state.size() < 10'000);
}

TEST_CASE("an apply that fills the ledger on its way is stopped with room for its end") {
    const Grown state;
    const LedgerBounds small{.grown = 4096, .unit = 1024};
    auto ledger = LedgerDirectory::open(state.path, std::make_unique<Disk>(), small);
    REQUIRE(ledger.has_value());
    LedgerHistory history;
    const auto records = history.apply();
    REQUIRE(ledger->append("front", records.front()).has_value());
    int announced = 0;
    while (ledger->append("front", records[2])) REQUIRE(++announced < 1000);
    CHECK(announced > 100);
    CHECK_FALSE(ledger->append("front", records[2]).has_value());
    CHECK(ledger->append("front", RestoredRecord{}).has_value());
    CHECK_FALSE(state.meaning().unfinished.has_value());
}

TEST_CASE("a full disk is named where a ledger is too long because it could not be folded") {
    const Grown state;
    LedgerHistory history;
    const LedgerBounds small{.grown = 4096, .unit = 128};
    state.put(text_of(grown(history)));
    DiskFate fate;
    fate.refused[1] = ENOSPC;
    auto ledger = LedgerDirectory::open(state.path, std::make_unique<FragileDisk>(fate), small);
    REQUIRE(ledger.has_value());
    const auto refused = ledger->append("front", history.hold().front());
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().where.find("could not be folded") != std::string::npos);
    CHECK(refused.error().where.find("No space left on device") != std::string::npos);
}
