// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/ledger/past.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <ranges>

#include "iommu/number.hpp"
#include "src/ledger/ledger_text.hpp"
#include "src/ledger/state_folder.hpp"
#include "src/profile/profile.hpp"

namespace ctrlpass {

using Json = nlohmann::ordered_json;

namespace {

/// Longer than any that is written.
constexpr std::size_t longest_file = 16U << 20U;
constexpr std::string_view part_line = "{\"record\":\"folded\"";

/// The beginning of a ledger, by its digest.
struct Beginning {
    std::size_t length = 0;
    std::string digest;
    static Beginning of(const std::string& text) { return {text.size(), digest_of(text)}; }
    bool is_of(const std::string& ledger) const {
        return length <= ledger.size() && digest_of(ledger.substr(0, length)) == digest;
    }
};

Json json_of(const Beginning& beginning) {
    return {{"length", beginning.length}, {"digest", beginning.digest}};
}

std::optional<Beginning> beginning_in(const Json& json, const char* key) {
    if (!json.is_object() || !json.contains(key)) return std::nullopt;
    const Json& one = json[key];
    if (!one.is_object() || !one.contains("length") || !one["length"].is_number_unsigned() ||
        !one.contains("digest") || !one["digest"].is_string())
        return std::nullopt;
    return Beginning{one["length"].get<std::size_t>(), one["digest"].get<std::string>()};
}

std::string part_line_of(const std::string& ledger, const std::string& kept) {
    const Json json{{"record", "folded"},
                    {"from", json_of(Beginning::of(ledger))},
                    {"to", json_of(Beginning::of(kept))}};
    return json.dump() + "\n";
}

/// Was the part taken from this ledger, which has not been replaced since?
bool is_unfinished(std::string_view line, const std::string& ledger) {
    const Json json = Json::parse(line, nullptr, false);
    const auto from = beginning_in(json, "from");
    const auto to = beginning_in(json, "to");
    return from && to && !to->is_of(ledger) && from->is_of(ledger);
}

std::string file_name(const std::string& profile, unsigned number) {
    std::array<char, 16> digits{};
    std::snprintf(digits.data(), digits.size(), "%06u", number);
    return profile + "-" + digits.data() + ".jsonl";
}

/// The number of one of this profile's files.
std::optional<unsigned> number_of(std::string_view name, const std::string& profile) {
    constexpr std::string_view suffix = ".jsonl";
    if (!name.starts_with(profile + "-") || !name.ends_with(suffix)) return std::nullopt;
    name.remove_prefix(profile.size() + 1);
    name.remove_suffix(suffix.size());
    const auto number = number_in<unsigned>(std::string(name));
    if (!number || file_name(profile, *number) != profile + "-" + std::string(name) + ".jsonl")
        return std::nullopt;
    return number;
}

/// The numbers of a profile's files, the oldest first.
std::vector<unsigned> numbers_in(int folder, const std::string& profile) {
    std::vector<unsigned> numbers;
    Descriptor again(::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!again.is_open()) return numbers;
    const std::unique_ptr<DIR, int (*)(DIR*)> listing(::fdopendir(again.number()), &::closedir);
    if (!listing) return numbers;
    again.release();
    while (const dirent* const entry = ::readdir(listing.get()))
        if (const auto number = number_of(entry->d_name, profile)) numbers.push_back(*number);
    std::ranges::sort(numbers);
    return numbers;
}

Result<std::string> read_past(int folder, const std::string& name) {
    const std::string what = "cannot read " + std::string(past_directory) + "/" + name;
    const Descriptor file(
        ::openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!file.is_open()) return fail_with_errno(what, errno);
    struct stat status {};
    if (::fstat(file.number(), &status) != 0 || !S_ISREG(status.st_mode))
        return fail(what, "it is no regular file");
    TRY(check_private(file.number(), name));
    return read_all(file, what, longest_file);
}

/// Without its last part, where that was not taken out of its ledger after all.
void drop_unfinished(std::string& text, const std::string& ledger) {
    const auto last = text.rfind("\n" + std::string(part_line));
    const std::size_t begin = last == text.npos ? 0 : last + 1;
    if (!text.substr(begin).starts_with(part_line)) return;
    if (is_unfinished(text.substr(begin, text.find('\n', begin) - begin), ledger))
        text.resize(begin);
}

/// The newest transactions that fit.
std::string_view newest_of(std::string_view past, std::size_t longest_part) {
    constexpr std::string_view begin = "\n{\"record\":\"begin\"";
    if (past.size() <= longest_part) return past;
    const auto next = past.find(begin, past.size() - longest_part - 1);
    return next == past.npos ? std::string_view() : past.substr(next + 1);
}

}  // namespace

Result<> keep_past(int state, const std::string& profile, const std::string& ledger,
                   const FoldedLedger& folded, Disk& disk, const PastBounds& bounds) {
    const Descriptor folder = TRY(open_private_folder(state, past_directory, past_directory, true));
    const auto numbers = numbers_in(folder.number(), profile);
    unsigned number = numbers.empty() ? 1 : numbers.back();
    std::string text;
    if (!numbers.empty()) {
        auto newest = read_past(folder.number(), file_name(profile, number));
        const bool was_unfinished = newest && [&] {
            text = *newest;
            drop_unfinished(text, ledger);
            return text.size() < newest->size();
        }();
        // An unfinished part must go, so its file is written again whatever its length.
        if (!was_unfinished && (!newest || text.size() + folded.past.size() > bounds.file)) {
            text.clear();
            ++number;
        }
    }
    text += part_line_of(ledger, folded.kept);
    text += newest_of(folded.past, bounds.part);
    const std::string name = file_name(profile, number);
    TRY(disk.store(folder, name + ".new", text, 0600));
    return disk.move(folder, name + ".new", folder, name);
}

void drop_oldest_past(int state, const std::string& profile, Disk& disk, const PastBounds& bounds) {
    const auto folder = open_private_folder(state, past_directory, past_directory, false);
    if (!folder) return;
    std::size_t sum = 0;
    bool newest = true;
    for (const unsigned number : numbers_in(folder->number(), profile) | std::views::reverse) {
        const std::string name = file_name(profile, number);
        struct stat status {};
        if (::fstatat(folder->number(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0)
            sum += static_cast<std::size_t>(status.st_size);
        // Should it stay, the next folding tries again.
        if (sum > bounds.all && !newest) (void)disk.remove(*folder, name);
        newest = false;
    }
}

std::vector<Record> past_records(int state, const std::string& profile, const std::string& ledger,
                                 std::vector<std::string>& notes) {
    std::vector<Record> records;
    const auto folder = open_private_folder(state, past_directory, past_directory, false);
    if (!folder) {
        if (folder.error().error_number != ENOENT) notes.push_back(folder.error().what);
        return records;
    }
    const auto numbers = numbers_in(folder->number(), profile);
    for (const unsigned number : numbers) {
        const std::string name = file_name(profile, number);
        auto text = read_past(folder->number(), name);
        if (!text) {
            notes.push_back(text.error().what + ": " + text.error().where);
            continue;
        }
        if (number == numbers.back()) drop_unfinished(*text, ledger);
        std::size_t unread = 0;
        for (std::string_view rest = *text; !rest.empty();) {
            const auto line = rest.substr(0, rest.find('\n'));
            rest.remove_prefix(std::min(line.size() + 1, rest.size()));
            if (line.starts_with(part_line)) continue;
            if (auto record = parse_record(line))
                records.push_back(std::move(*record));
            else
                ++unread;
        }
        if (unread > 0)
            notes.push_back(std::string(past_directory) + "/" + name + ": " +
                            std::to_string(unread) + " lines are no records of a ledger");
    }
    return records;
}

}  // namespace ctrlpass
