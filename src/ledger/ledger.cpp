// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/ledger/ledger.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
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
    if (!records.empty() && !std::holds_alternative<BeginRecord>(records.front()))
        return fail("cannot read ledger " + path, "its beginning is lost",
                    "Look at the file; ctrlpass touches nothing until it can read it.");
    return records;
}

/// Cuts a torn tail off; the length of what is whole.
Result<off_t> end_of_whole_lines(const Descriptor& file, const std::string& path) {
    const std::string text = TRY(read_ledger(file, path));
    const auto last = text.rfind('\n');
    const off_t end = last == text.npos ? 0 : static_cast<off_t>(last) + 1;
    if (!is_torn(std::string_view(text).substr(static_cast<std::size_t>(end))))
        return not_ours(path, static_cast<std::size_t>(std::ranges::count(text, '\n')) + 1);
    if (end != static_cast<off_t>(text.size()) && ::ftruncate(file.number(), end) != 0)
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

LedgerDirectory::LedgerDirectory(Descriptor directory, Descriptor lock)
    : directory_(std::move(directory)), lock_(std::move(lock)) {}

Result<LedgerDirectory> LedgerDirectory::open(const std::string& state_directory) {
    const Descriptor state = TRY(open_state(state_directory, true));
    Descriptor lock(::openat(state.number(), "lock",
                             O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600));
    const std::string lock_path = state_directory + "/lock";
    if (lock.number() < 0) return fail_with_errno("cannot open " + lock_path, errno);
    // A lock of the process, which children do not inherit: one that hangs in the kernel must not
    // keep it.
    struct flock whole {};
    whole.l_type = F_WRLCK;
    if (::fcntl(lock.number(), F_SETLK, &whole) != 0) {
        if (errno != EAGAIN && errno != EACCES)
            return fail_with_errno("cannot lock " + lock_path, errno);
        struct flock held {};
        held.l_type = F_WRLCK;
        ::fcntl(lock.number(), F_GETLK, &held);
        return fail("another ctrlpass is at work",
                    "process " + std::to_string(held.l_pid) + " has locked " + lock_path,
                    "Wait for it to end. Nothing was changed.", Trouble::locked);
    }
    Descriptor directory =
        TRY(open_private_folder(state.number(), "ledger", state_directory + "/ledger", true));
    return LedgerDirectory(std::move(directory), std::move(lock));
}

Result<> LedgerDirectory::append(const std::string& profile, const Record& record) {
    const std::string name = profile + std::string(suffix);
    if (!is_profile_name(profile)) return fail("cannot write ledger " + name, "it is no name");
    const Descriptor file(::openat(directory_.number(), name.c_str(),
                                   O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600));
    if (file.number() < 0) return fail_with_errno("cannot write ledger " + name, errno);
    TRY(check_private(file.number(), name));
    const off_t end = TRY(end_of_whole_lines(file, name));
    TRY(write_line(file.number(), end, to_line(record) + "\n", name));
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
