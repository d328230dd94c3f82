// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/ledger/ledger.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "src/ledger/folded.hpp"
#include "src/ledger/ledger_file.hpp"
#include "src/ledger/ledger_text.hpp"
#include "src/ledger/past.hpp"
#include "src/ledger/state_folder.hpp"
#include "src/ledger/tool_lock.hpp"
#include "src/profile/profile_file.hpp"

namespace ctrlpass {

namespace {

/// How many units long a ledger may become by a record. An apply may not fill it so far that there
/// is no room for the rollback, nor any transaction so far that it cannot end.
struct UnitsWith {
    std::size_t operator()(const BeginRecord& begin) const {
        return begin.verb == Verb::apply ? 32 : 72;
    }
    std::size_t operator()(const DefinitionRecord&) const { return of_apply; }
    std::size_t operator()(const HoldRecord&) const { return of_apply; }
    std::size_t operator()(const IntentRecord& intent) const {
        return intent.wanted ? of_apply : of_all;
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
    return LedgerDirectory(std::move(state), std::move(directory), std::move(lock), std::move(disk),
                           bounds);
}

Result<Descriptor> LedgerDirectory::open_ledger(const std::string& name) const {
    Descriptor file(::openat(directory_.number(), name.c_str(),
                             O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600));
    if (!file.is_open()) return fail_with_errno("cannot write ledger " + name, errno);
    TRY(check_private(file.number(), name));
    return file;
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

/// The past is on disk before the ledger is replaced, in one step; a ledger that was not replaced
/// has it all.
Result<> LedgerDirectory::shorten(const std::string& profile, const Descriptor& file) const {
    const std::string name = profile + std::string(ledger_suffix);
    const std::string text = TRY(read_ledger(file, name));
    const auto folded = fold_text(profile, text);
    if (!folded) return {};
    const PastBounds bounds = PastBounds::of(bounds_.unit);
    const std::string beside = name + ".new";
    TRY(keep_past(state_.number(), profile, text, *folded, *disk_, bounds));
    TRY(disk_->store(directory_, beside, folded->kept, 0600));
    TRY(disk_->move(directory_, beside, directory_, name));
    drop_oldest_past(state_.number(), profile, *disk_, bounds);
    return {};
}

}  // namespace ctrlpass
