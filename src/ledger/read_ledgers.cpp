// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <optional>

#include "src/ledger/fold.hpp"
#include "src/ledger/ledger.hpp"
#include "src/ledger/ledger_file.hpp"
#include "src/ledger/ledger_text.hpp"
#include "src/ledger/past.hpp"
#include "src/ledger/state_folder.hpp"
#include "src/profile/profile_file.hpp"

namespace ctrlpass {

namespace {

/// A ledger as it stands, and what is the matter with its file.
struct LedgerFile {
    std::string profile;
    std::string path;
    std::string text;
    std::optional<Error> error;
    bool is_whole = true;
};

/// The beginning of a ledger that is too long or cannot be read to its end.
std::string beginning_of(const Descriptor& file) {
    constexpr std::size_t block = 1U << 20U;
    std::string text;
    while (text.size() < longest_ledger) {
        const std::size_t done = text.size();
        text.resize(done + block);
        const ssize_t count =
            ::pread(file.number(), text.data() + done, block, static_cast<off_t>(done));
        text.resize(done + (count > 0 ? static_cast<std::size_t>(count) : 0));
        if (count <= 0) break;
    }
    return text;
}

/// Error: the caller may not read it (`denied`). What is wrong with the file itself is its own.
Result<LedgerFile> read_file(int folder, const std::string& profile, const std::string& path) {
    LedgerFile ledger{.profile = profile, .path = path};
    const std::string name = profile + std::string(ledger_suffix);
    const Descriptor file(
        ::openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!file.is_open()) {
        ledger.error = fail_with_errno("cannot read ledger " + path, errno).error();
        ledger.is_whole = false;
    } else {
        const auto trusted = check_private(file.number(), path);
        if (!trusted) ledger.error = trusted.error();
        auto text = read_ledger(file, path);
        ledger.is_whole = text.has_value();
        if (!text && !ledger.error) ledger.error = text.error();
        ledger.text = text ? std::move(*text) : beginning_of(file);
    }
    if (ledger.error && ledger.error->trouble == Trouble::denied && ::geteuid() != 0)
        return std::unexpected(*ledger.error);
    return ledger;
}

using SeeLedger = std::function<void(const LedgerFile& ledger)>;

Result<> for_each_ledger(const Descriptor& state, const std::string& state_directory,
                         const SeeLedger& see) {
    const std::string path = state_directory + "/ledger";
    auto ledgers = open_private_folder(state.number(), "ledger", path, false);
    if (!ledgers && ledgers.error().error_number == ENOENT) return {};
    if (!ledgers) return std::unexpected(ledgers.error());
    const std::unique_ptr<DIR, int (*)(DIR*)> listing(::fdopendir(ledgers->release()), &::closedir);
    const int folder = listing ? ::dirfd(listing.get()) : -1;
    if (folder < 0) return fail_with_errno("cannot list " + path, errno);
    while (const dirent* const entry = ::readdir(listing.get())) {
        const std::string name = entry->d_name;
        if (!name.ends_with(ledger_suffix)) continue;
        const std::string profile = name.substr(0, name.size() - ledger_suffix.size());
        if (!is_profile_name(profile)) continue;
        const LedgerFile ledger = TRY(read_file(folder, profile, path + "/" + name));
        see(ledger);
    }
    return {};
}

/// Nothing where there is no state directory.
Result<std::optional<Descriptor>> state_to_read(const std::string& state_directory) {
    auto state = open_state(state_directory, false);
    if (state) return std::optional(std::move(*state));
    if (state.error().error_number == ENOENT) return std::optional<Descriptor>();
    return std::unexpected(state.error());
}

RecordedProfile meaning_of(const LedgerFile& ledger) {
    LedgerFold fold(ledger.profile);
    std::optional<Error> error = ledger.error;
    if (!error) {
        const auto read =
            read_lines(ledger.text, ledger.path,
                       [&](const Record& record, std::string_view) { fold.add(record); });
        if (read) return fold.meaning();
        error = read.error();
    }
    RecordedProfile broken;
    broken.name = ledger.profile;
    broken.broken = broken_ledger(std::move(*error), ledger.text, ledger.is_whole);
    return broken;
}

}  // namespace

Result<Recorded> read_ledgers(const std::string& state_directory) {
    Recorded recorded;
    const auto state = TRY(state_to_read(state_directory));
    if (!state) return recorded;
    TRY(for_each_ledger(*state, state_directory, [&](const LedgerFile& ledger) {
        recorded.emplace(ledger.profile, meaning_of(ledger));
    }));
    return recorded;
}

Result<Records> read_records(const std::string& state_directory, std::vector<std::string>& notes) {
    Records all;
    const auto state = TRY(state_to_read(state_directory));
    if (!state) return all;
    // The ledger before its past: folded between the two, it still tells that it was not.
    TRY(for_each_ledger(*state, state_directory, [&](const LedgerFile& ledger) {
        auto records = past_records(state->number(), ledger.profile, ledger.text, notes);
        if (!ledger.error)
            (void)read_lines(ledger.text, ledger.path, [&](Record&& record, std::string_view) {
                records.push_back(std::move(record));
            });
        all.emplace(ledger.profile, std::move(records));
    }));
    return all;
}

}  // namespace ctrlpass
