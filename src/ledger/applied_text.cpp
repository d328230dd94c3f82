// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/ledger/applied_text.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <set>
#include <vector>

#include "src/ledger/ledger.hpp"
#include "src/ledger/ledger_file.hpp"
#include "src/ledger/state_folder.hpp"

namespace ctrlpass {

namespace {

constexpr auto folder_name = "applied";
constexpr auto unfinished_name = "new";
constexpr std::string_view algorithm = "sha256:";

/// "sha256:0123…" as the name of a file; a ledger may say anything.
Result<std::string> name_of_text(const std::string& digest) {
    constexpr std::size_t digits = 64;
    const std::string name = digest.substr(std::min(algorithm.size(), digest.size()));
    if (!digest.starts_with(algorithm) || name.size() != digits ||
        name.find_first_not_of("0123456789abcdef") != name.npos)
        return fail("cannot find the text of an applied profile", "'" + digest + "' is no digest");
    return name;
}

Result<Descriptor> open_folder_of_texts(const std::string& state_directory, bool make) {
    const Descriptor state = TRY(open_state(state_directory, make));
    return open_private_folder(state.number(), folder_name, state_directory + "/" + folder_name,
                               make);
}

Result<std::string> read_text(const Descriptor& folder, const std::string& name,
                              const std::string& path) {
    const std::string what = "cannot read " + path;
    const Descriptor file(
        ::openat(folder.number(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    struct stat status {};
    if (!file.is_open() || ::fstat(file.number(), &status) != 0)
        return fail_with_errno(what, errno);
    if (!S_ISREG(status.st_mode)) return fail(what, "it is no regular file");
    TRY(check_private(file.number(), path));
    std::string text = TRY(read_all(file, what, longest_applied_text));
    if (digest_of(text) != std::string(algorithm) + name)
        return fail(what, "its content is not what its name says");
    return text;
}

/// All of it, on disk. (An interrupted write leaves the name of a file that the next one replaces.)
Result<> write_text(const Descriptor& folder, const std::string& name, const std::string& text,
                    const std::string& what) {
    if (::unlinkat(folder.number(), unfinished_name, 0) != 0 && errno != ENOENT)
        return fail_with_errno(what, errno);
    const Descriptor file(::openat(folder.number(), unfinished_name,
                                   O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file.is_open()) return fail_with_errno(what, errno);
    std::string_view rest = text;
    while (!rest.empty()) {
        const ssize_t count = ::write(file.number(), rest.data(), rest.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return fail_with_errno(what, errno);
        rest.remove_prefix(static_cast<std::size_t>(count));
    }
    if (::fsync(file.number()) != 0 ||
        ::renameat(folder.number(), unfinished_name, folder.number(), name.c_str()) != 0 ||
        ::fsync(folder.number()) != 0)
        return fail_with_errno(what, errno);
    return {};
}

/// The names in a folder; none where it cannot be listed.
std::vector<std::string> names_in(Descriptor folder) {
    std::vector<std::string> names;
    const std::unique_ptr<DIR, int (*)(DIR*)> listing(::fdopendir(folder.release()), &::closedir);
    if (!listing) return names;
    while (const dirent* const entry = ::readdir(listing.get())) names.emplace_back(entry->d_name);
    return names;
}

/// Are these all the ledgers that there are, and can each be read? One that cannot may need a text.
bool is_all_there_is(const Descriptor& state, const std::string& state_directory,
                     const Recorded& recorded) {
    auto ledgers =
        open_private_folder(state.number(), "ledger", state_directory + "/ledger", false);
    if (!ledgers) return ledgers.error().error_number == ENOENT;
    const auto is_broken = [](const auto& ledger) { return ledger.second.broken.has_value(); };
    if (std::ranges::any_of(recorded, is_broken)) return false;
    return std::ranges::none_of(names_in(std::move(*ledgers)), [&](const std::string& name) {
        return name.ends_with(ledger_suffix) &&
               !recorded.contains(name.substr(0, name.size() - ledger_suffix.size()));
    });
}

std::set<std::string> names_in_use(const Recorded& recorded) {
    std::set<std::string> names;
    const auto use = [&](const BeginRecord& begin) {
        if (auto name = name_of_text(begin.profile_digest)) names.insert(std::move(*name));
    };
    for (const auto& [profile, ledger] : recorded) {
        if (ledger.committed) use(*ledger.committed);
        if (ledger.unfinished) use(ledger.unfinished->begin);
    }
    return names;
}

}  // namespace

Result<> keep_applied_text(const std::string& state_directory, const Profile& profile) {
    const std::string what = "cannot keep the text of profile " + profile.name;
    const std::string name = TRY(name_of_text(profile.digest));
    const Descriptor folder = TRY(open_folder_of_texts(state_directory, true));
    if (read_text(folder, name, name)) return {};
    return write_text(folder, name, profile.text, what);
}

Result<std::string> read_applied_text(const std::string& state_directory,
                                      const std::string& digest) {
    const std::string name = TRY(name_of_text(digest));
    const Descriptor folder = TRY(open_folder_of_texts(state_directory, false));
    return read_text(folder, name, state_directory + "/" + folder_name + "/" + name);
}

Result<> forget_applied_texts(const std::string& state_directory) {
    const Recorded recorded = TRY(read_ledgers(state_directory));
    const Descriptor state = TRY(open_state(state_directory, false));
    const std::string path = state_directory + "/" + folder_name;
    auto opened = open_private_folder(state.number(), folder_name, path, false);
    if (!opened && opened.error().error_number == ENOENT) return {};
    if (!opened) return std::unexpected(opened.error());
    if (!is_all_there_is(state, state_directory, recorded)) return {};
    const Descriptor folder = std::move(*opened);
    Descriptor listed = TRY(open_private_folder(state.number(), folder_name, path, false));
    const auto used = names_in_use(recorded);
    for (const std::string& name : names_in(std::move(listed)))
        if (name_of_text(std::string(algorithm) + name) && !used.contains(name) &&
            ::unlinkat(folder.number(), name.c_str(), 0) != 0)
            return fail_with_errno("cannot remove " + path + "/" + name, errno);
    return {};
}

}  // namespace ctrlpass
