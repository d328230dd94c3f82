// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/profile/profile_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "iommu/descriptor.hpp"
#include "iommu/number.hpp"
#include "src/profile/trust.hpp"
#include "src/render/text.hpp"

namespace ctrlpass {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view profile_directory = "/etc/ctrlpass/profiles.d";
constexpr std::size_t longest_profile = 1 << 20;

std::unexpected<Error> bad(std::string what, std::string where = {}, std::string hint = {}) {
    return fail(std::move(what), std::move(where), std::move(hint), Trouble::bad_input);
}

std::optional<uid_t> sudo_user() {
    const char* const text = std::getenv("SUDO_UID");
    return text == nullptr ? std::nullopt : number_in<uid_t>(text);
}

/// A profile's file: as it was named, and where that leads.
struct FoundProfile {
    fs::path named;  ///< absolute
    fs::path path;
};

TrustedOwner owners(Trust trust) {
    return [trust](uid_t owner) {
        return owner == 0 || (trust == Trust::interactive && owner == sudo_user());
    };
}

/// The file, and the way to it as it was named. (That leads through every folder above it.)
Result<> check_trust(const FoundProfile& found, const struct stat& file, Trust trust) {
    const auto unsafe = [&](const fs::path& where, const std::string& why) {
        const std::string word = shell_word(where.string());
        return bad("cannot trust profile " + found.path.string(), where.string() + ": " + why,
                   "As root, ctrlpass follows only profiles that nobody else can change:\n"
                   "    chown -h root: " +
                       word + " && chmod go-w " + word);
    };
    if (const auto weak = weak_way(found.named, owners(trust)))
        return unsafe(weak->path, weak->why);
    if (const auto why = weakness(file, owners(trust)); !why.empty())
        return unsafe(found.path, why);
    return {};
}

Result<FoundProfile> find_profile(const std::string& name_or_path) {
    const bool is_name =
        name_or_path.find('/') == std::string::npos && !name_or_path.ends_with(".toml");
    const fs::path asked =
        is_name ? fs::path(profile_directory) / (name_or_path + ".toml") : fs::path(name_or_path);
    if (is_name && !is_profile_name(name_or_path))
        return bad("cannot use '" + name_or_path + "' as the name of a profile",
                   "names are letters, digits, '.', '_' and '-', at most 64");
    std::error_code error;
    fs::path path = fs::canonical(asked, error);
    if (error) {
        const std::string reason = error.message();
        const bool beside = is_name && fs::exists(name_or_path + ".toml", error);
        return bad("cannot find profile " + asked.string(), reason,
                   beside ? "For the file here, say:\n    ./" + name_or_path + ".toml" : "");
    }
    if (path.extension() != ".toml" || !is_profile_name(path.stem().string()))
        return bad("cannot use " + path.string() + " as a profile",
                   "its name must be NAME.toml, NAME of letters, digits, '.', '_' and '-'");
    return FoundProfile{fs::absolute(asked, error), std::move(path)};
}

}  // namespace

bool is_profile_name(std::string_view text) {
    const auto is_alnum = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    };
    return !text.empty() && text.size() <= 64 && is_alnum(text.front()) &&
           std::ranges::all_of(
               text, [&](char c) { return is_alnum(c) || c == '.' || c == '_' || c == '-'; });
}

Result<ProfileFile> read_profile_file(const std::string& name_or_path, Trust trust) {
    const FoundProfile found = TRY(find_profile(name_or_path));
    const fs::path& path = found.path;
    // O_NONBLOCK: a FIFO must not make us wait.
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat status {};
    if (!file.is_open() || ::fstat(file.number(), &status) != 0)
        return bad("cannot read profile " + path.string(), std::strerror(errno));
    if (!S_ISREG(status.st_mode))
        return bad("cannot read profile " + path.string(), "it is no regular file");
    const bool checked = trust != Trust::anyone && ::geteuid() == 0;
    if (checked) TRY(check_trust(found, status, trust));
    auto text = read_all(file, "cannot read profile " + path.string(), longest_profile);
    if (!text) return bad(text.error().what, text.error().where);
    return ProfileFile{path.string(), std::move(*text), checked && status.st_uid != 0};
}

Result<std::string> profile_name_of(const std::string& name_or_path) {
    const fs::path path = name_or_path;
    const bool is_path = name_or_path.find('/') != std::string::npos || path.extension() == ".toml";
    std::string name = is_path ? path.stem().string() : name_or_path;
    if (is_profile_name(name)) return name;
    return bad("cannot use '" + name_or_path + "' as the name of a profile",
               "names are letters, digits, '.', '_' and '-', at most 64");
}

Result<std::vector<std::string>> all_profile_paths() {
    std::vector<std::string> paths;
    std::error_code error;
    for (fs::directory_iterator entry(profile_directory, error), end; !error && entry != end;
         entry.increment(error)) {
        const fs::path& path = entry->path();
        if (path.extension() == ".toml" && is_profile_name(path.stem().string()))
            paths.push_back(path.string());
    }
    if (error && error != std::errc::no_such_file_or_directory)
        return bad("cannot list " + std::string(profile_directory), error.message());
    std::ranges::sort(paths);
    return paths;
}

Result<std::vector<std::string>> trusted_profile_paths() {
    const fs::path named(profile_directory);
    std::error_code error;
    const fs::path real = fs::canonical(named, error);
    if (::geteuid() != 0 || error == std::errc::no_such_file_or_directory)
        return all_profile_paths();
    if (error) return bad("cannot list " + named.string(), error.message());
    // Where it is a link, whoever may change what it lies in chooses as well.
    for (const fs::path& folder : {named, real})
        if (const auto weak = weak_folder(folder, owners(Trust::root_only)))
            return bad("cannot trust " + named.string(), weak->path.string() + ": " + weak->why,
                       "With --all and at boot, ctrlpass follows only a folder that nobody else "
                       "can change:\n    chown root: " +
                           weak->path.string() + " && chmod go-w " + weak->path.string());
    return all_profile_paths();
}

}  // namespace ctrlpass
