// SPDX-License-Identifier: GPL-2.0-or-later
// A ledger after a crash, a full disk, or somebody's editor. What can be read can be written on,
// and however the next record is torn, the records before it stand.
#include "src/ledger/ledger.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "src/ledger/folded.hpp"
#include "tests/fuzz/fuzzing.hpp"

using namespace ctrlpass;
using namespace ctrlpass::fuzzing;

namespace {

namespace fs = std::filesystem;

std::vector<Record> records_in(std::string_view text) {
    std::vector<Record> records;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        if (auto record = parse_record(text.substr(0, end))) records.push_back(std::move(*record));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return records;
}

void check_records(const std::string& text) {
    const auto records = records_in(text);
    for (const Record& record : records) {
        const std::string line = to_line(record);
        require(line.find('\n') == line.npos, "a record is one line", line);
        const auto again = parse_record(line);
        require(again.has_value(), "what was written can be read", line);
        require(*again == record, "what was written is the same record", line);
    }
    const RecordedProfile meaning = fold("front", records);
    for (std::size_t i = 1; i < meaning.entries.size(); ++i)
        require(!(meaning.entries[i].setting < meaning.entries[i - 1].setting),
                "entries are in the order of their ranks", text);
}

/// Whatever is folded away: what is kept means the same.
void check_folded(const std::string& text) {
    const auto folded = fold_text("front", text.substr(0, text.rfind('\n') + 1));
    if (!folded) return;
    require(fold("front", records_in(folded->kept)) == fold("front", records_in(text)),
            "a folded ledger means the same", text);
}

/// A state directory whose one ledger is replaced by each input.
class Room {
  public:
    Room() {
        std::string pattern = "/dev/shm/ctrlpass-fuzz-XXXXXX";
        if (::mkdtemp(pattern.data()) == nullptr) std::abort();
        state_ = pattern;
        auto ledger = LedgerDirectory::open(state_);
        require(ledger.has_value(), "a ledger can be opened");
        ledger_.emplace(std::move(*ledger));
    }
    Room(const Room&) = delete;
    Room& operator=(const Room&) = delete;
    ~Room() {
        std::error_code ignored;
        fs::remove_all(state_, ignored);
    }

    void put(const std::string& text) const {
        std::ofstream(file(), std::ios::binary | std::ios::trunc) << text;
        fs::permissions(file(), fs::perms::owner_read | fs::perms::owner_write);
    }
    void cut(std::uintmax_t bytes) const { fs::resize_file(file(), size() - bytes); }
    std::uintmax_t size() const { return fs::file_size(file()); }
    Result<Recorded> read() const { return read_ledgers(state_); }
    Result<> append(const Record& record) { return ledger_->append("front", record); }

  private:
    std::string file() const { return state_ + "/ledger/front.jsonl"; }

    std::string state_;
    std::optional<LedgerDirectory> ledger_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string text = text_of(data, size);
    check_records(text);
    check_folded(text);
    static Room room;
    room.put(text);
    const auto before = room.read();
    require(before.has_value(), "one ledger stops no other", text);
    if (before->at("front").broken) return 0;
    const BeginRecord next{.transaction = "next", .who = "root"};
    require(room.append(next).has_value(), "what can be read can be written on", text);
    const auto after = room.read();
    require(after.has_value(), "and read again", text);
    const auto& unfinished = after->at("front").unfinished;
    require(unfinished && unfinished->begin == next, "the record is the last word", text);
    room.cut(1 + size % (to_line(next).size() + 1));
    const auto torn = room.read();
    require(torn && *torn == *before, "torn, it was never there", text);
    return 0;
}
