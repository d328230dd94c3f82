// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/ledger/ledger.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "iommu/descriptor.hpp"
#include "src/ledger/state_folder.hpp"
#include "src/profile/profile_file.hpp"

namespace ctrlpass {

namespace {

constexpr std::string_view suffix = ".jsonl";
constexpr std::size_t longest_ledger = 64U << 20U;

Result<std::string> read_ledger(const Descriptor& file, const std::string& path) {
    struct stat status {};
    if (::fstat(file.number(), &status) != 0 || !S_ISREG(status.st_mode))
        return fail("cannot read ledger " + path, "it is no regular file");
    return read_all(file, "cannot read ledger " + path, longest_ledger);
}

/// What a crash leaves of a record: its beginning, or zeros where the disk had got no further.
/// Anything else was written by somebody else.
bool is_torn(std::string_view tail) {
    constexpr std::string_view beginning = "{\"record\":\"";
    tail = tail.substr(0, tail.find_last_not_of('\0') + 1);
    const auto length = std::min(tail.size(), beginning.size());
    return tail.substr(0, length) == beginning.substr(0, length);
}

std::unexpected<Error> not_ours(const std::string& path, std::size_t line) {
    return fail("cannot read ledger " + path,
                path + ":" + std::to_string(line) + ": it is no record of a ledger",
                "Look at the file; ctrlpass touches nothing until it can read it.");
}

/// Whole lines only: the last one may be torn by a crash.
Result<std::vector<Record>> parse_lines(std::string_view text, const std::string& path) {
    std::vector<Record> records;
    for (std::size_t line = 1; !text.empty(); ++line) {
        const auto end = text.find('\n');
        if (end == text.npos && is_torn(text)) break;
        if (end == text.npos) return not_ours(path, line);
        auto record = parse_record(text.substr(0, end));
        if (!record) {
            Error error = record.error();
            error.where = path + ":" + std::to_string(line) + ": " + error.what;
            error.what = "cannot read ledger " + path;
            if (error.hint.empty())
                error.hint = "Look at the file; ctrlpass touches nothing until it can read it.";
            return std::unexpected(error);
        }
        records.push_back(std::move(*record));
        text.remove_prefix(end + 1);
    }
    std::size_t operator()(const auto&) const { return of_all; }

    static constexpr std::size_t of_apply = 48;
    static constexpr std::size_t of_all = 96;
};
static_assert(UnitsWith::of_all * LedgerBounds{}.unit < longest_ledger);

std::unexpected<Error> too_long(const std::string& profile, std::size_t length,
                                const Result<>& shortened) {
    const std::string why = shortened ? "" : "; it could not be folded: " + shortened.error().what;
    const std::string reason =
        why + (shortened || shortened.error().where.empty() ? "" : ": " + shortened.error().where);
    return fail("cannot write ledger " + profile + ".jsonl",
                "it would be " + std::to_string(length >> 20U) + " MiB long" + reason,
                "Roll the profile back, which needs less room:\n    ctrlpass rollback " + profile);
}

/// Cuts a torn tail off; the length of what is whole.
Result<off_t> end_of_whole_lines(const Descriptor& file, const std::string& path) {
    const LedgerTail tail = TRY(read_tail(file, path));
    const off_t end = tail.begin;
    if (!is_torn(tail.text)) {
        const std::string text = TRY(read_ledger(file, path));
        return not_ours(path, static_cast<std::size_t>(std::ranges::count(text, '\n')) + 1);
    }
    if (!tail.text.empty() && ::ftruncate(file.number(), end) != 0)
        return fail_with_errno("cannot mend ledger " + path, errno);
    return end;
}

Result<> write_line(int file, off_t at, const std::string& line, const std::string& path) {
    // One write: a record is on disk whole, or as a tail without an end.
    const ssize_t count = ::pwrite(file, line.data(), line.size(), at);
    if (count == static_cast<ssize_t>(line.size()) && ::fdatasync(file) == 0) return {};
    const int error_number =
        count >= 0 && count < static_cast<ssize_t>(line.size()) ? ENOSPC : errno;
    // Should this fail too, the torn tail is cut off before the next record.
    [[maybe_unused]] const int cut = ::ftruncate(file, at);
    return fail_with_errno("cannot write ledger " + path, error_number);
}

}  // namespace

LedgerDirectory::LedgerDirectory(Descriptor state, Descriptor directory, Descriptor lock,
                                 std::unique_ptr<Disk> disk, LedgerBounds bounds)
    : state_(std::move(state)),
      directory_(std::move(directory)),
      lock_(std::move(lock)),
      disk_(std::move(disk)),
      bounds_(bounds) {}

Result<LedgerDirectory> LedgerDirectory::open(const std::string& state_directory,
                                              std::unique_ptr<Disk> disk, LedgerBounds bounds) {
    Descriptor state = TRY(open_state(state_directory, true));
    Descriptor lock = TRY(take_lock(state.number(), state_directory + "/lock"));
    Descriptor directory =
        TRY(open_private_folder(state.number(), "ledger", state_directory + "/ledger", true));
    return LedgerDirectory(std::move(directory), std::move(lock));
}

Result<> LedgerDirectory::append(const std::string& profile, const Record& record) {
    const std::string name = profile + std::string(ledger_suffix);
    if (!is_profile_name(profile)) return fail("cannot write ledger " + name, "it is no name");
    Descriptor file = TRY(open_ledger(name));
    off_t end = TRY(end_of_whole_lines(file, name));
    Result<> shortened;
    if (std::holds_alternative<BeginRecord>(record) &&
        static_cast<std::size_t>(end) > bounds_.grown) {
        // One that cannot be folded is written on, as long as it has room.
        shortened = shorten(profile, file);
        file = TRY(open_ledger(name));
        end = TRY(end_of_whole_lines(file, name));
    }
    const std::string line = to_line(record) + "\n";
    const std::size_t length = static_cast<std::size_t>(end) + line.size();
    if (length > std::visit(UnitsWith{}, record) * bounds_.unit)
        return too_long(profile, length, shortened);
    TRY(write_line(file.number(), end, line, name));
    // The file's name must be on disk as well.
    if (end == 0 && ::fsync(directory_.number()) != 0)
        return fail_with_errno("cannot write ledger " + name, errno);
    return {};
}

Result<Records> read_records(const std::string& state_directory) {
    Records recorded;
    auto opened = open_state(state_directory, false);
    if (!opened && opened.error().error_number == ENOENT) return recorded;
    if (!opened) return std::unexpected(opened.error());
    const Descriptor state = std::move(*opened);
    const std::string path = state_directory + "/ledger";
    auto ledgers = open_private_folder(state.number(), "ledger", path, false);
    if (!ledgers && ledgers.error().error_number == ENOENT) return recorded;
    if (!ledgers) return std::unexpected(ledgers.error());
    const std::unique_ptr<DIR, int (*)(DIR*)> listing(::fdopendir(ledgers->release()), &::closedir);
    const int folder = listing ? ::dirfd(listing.get()) : -1;
    if (folder < 0) return fail_with_errno("cannot list " + path, errno);
    while (const dirent* const entry = ::readdir(listing.get())) {
        const std::string name = entry->d_name;
        if (!name.ends_with(suffix)) continue;
        const std::string profile = name.substr(0, name.size() - suffix.size());
        if (!is_profile_name(profile)) continue;
        const Descriptor file(
            ::openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
        if (file.number() < 0)
            return fail_with_errno("cannot read ledger " + path + "/" + name, errno);
        TRY(check_private(file.number(), path + "/" + name));
        const std::string text = TRY(read_ledger(file, path + "/" + name));
        recorded[profile] = TRY(parse_lines(text, path + "/" + name));
    }
    return recorded;
}

Result<Recorded> read_ledgers(const std::string& state_directory) {
    Recorded recorded;
    for (const auto& [profile, records] : TRY(read_records(state_directory)))
        recorded.emplace(profile, fold(profile, records));
    return recorded;
}

}  // namespace ctrlpass
