// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/execute/owned_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <ranges>
#include <vector>

#include "src/render/text.hpp"

namespace ctrlpass {

namespace {

/// "/etc/libvirt/hooks" as its names; nothing where it is not a plain absolute path.
std::optional<std::vector<std::string>> names_of(const std::string& path) {
    std::vector<std::string> names;
    if (!path.starts_with('/') || path.find('\0') != path.npos) return std::nullopt;
    for (const auto& part : std::views::split(std::string_view(path).substr(1), '/'))
        names.emplace_back(part.begin(), part.end());
    if (names.empty()) return std::nullopt;
    for (const std::string& name : names)
        if (name.empty() || name == "." || name == "..") return std::nullopt;
    return names;
}

/// What openat says of a link that it may not follow.
bool is_link(const Descriptor& folder, const std::string& name) {
    struct stat status {};
    return ::fstatat(folder.number(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISLNK(status.st_mode);
}

/// Never `missing` but where it is not there.
std::unexpected<Error> open_failure(const std::string& what, const Descriptor& folder,
                                    const std::string& name, int error_number) {
    if (is_link(folder, name))
        return fail(what, name + " is a symbolic link", "ctrlpass does not follow links here.");
    auto failure = fail_with_errno(what, error_number);
    if (error_number != ENOENT && failure.error().trouble == Trouble::missing)
        failure.error().trouble = Trouble::failed;
    return failure;
}

/// The folders above the file from the root to the last that is there, each open.
struct Way {
    std::vector<Descriptor> folders;  ///< the first is the root
    std::vector<std::string> names;   ///< of those below it, and of the file
    std::size_t missing() const { return names.size() - folders.size(); }
    const std::string& file() const { return names.back(); }
    const Descriptor& folder() const { return folders.back(); }
    /// Beside the folder of the file.
    const Descriptor& shelf() const { return folders[folders.size() > 1 ? folders.size() - 2 : 0]; }
    std::string temporary() const {
        const std::string of = names.size() > 1 ? names[names.size() - 2] + "-" : "";
        return ".ctrlpass-" + of + file() + ".new";
    }
};

Result<Descriptor> open_folder(const Descriptor& parent, const std::string& name,
                               const std::string& what) {
    Descriptor folder(
        ::openat(parent.number(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!folder.is_open()) return open_failure(what, parent, name, errno);
    return folder;
}

Result<Way> find_way(const Root& root, const std::string& path, const std::string& what) {
    const auto names = names_of(path);
    if (!names) return fail(what, "it is no plain absolute path");
    Way way{{}, *names};
    Descriptor top(::open(root.directory().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!top.is_open()) return fail_with_errno(what, errno);
    way.folders.push_back(std::move(top));
    while (way.missing() > 0) {
        auto next = open_folder(way.folder(), way.names[way.folders.size() - 1], what);
        if (!next && next.error().trouble == Trouble::missing) return way;
        if (!next) return std::unexpected(next.error());
        way.folders.push_back(std::move(*next));
    }
    return way;
}

Result<std::optional<std::string>> read_file(const Way& way, const std::string& what) {
    const Descriptor file(::openat(way.folder().number(), way.file().c_str(),
                                   O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!file.is_open()) {
        auto failure = open_failure(what, way.folder(), way.file(), errno);
        if (failure.error().trouble == Trouble::missing) return std::optional<std::string>{};
        return failure;
    }
    struct stat status {};
    if (::fstat(file.number(), &status) != 0 || !S_ISREG(status.st_mode))
        return fail(what, "it is no regular file");
    constexpr std::size_t longest = 1 << 16;
    std::string text = TRY(read_all(file, what, longest));
    if (!is_utf8(text)) return fail(what, "it is not UTF-8");
    return std::optional(std::move(text));
}

/// Takes `count` folders above the file away, from the lowest up, as long as they are empty.
Result<> remove_folders(const Way& way, Disk& disk, std::size_t count) {
    for (std::size_t i = way.folders.size(); count > 0 && i > 1; --i, --count) {
        const bool removed = TRY(disk.remove_folder(way.folders[i - 2], way.names[i - 2]));
        if (!removed) return {};
    }
    return {};
}

Result<> make_folders(Way& way, Disk& disk, const std::string& what) {
    while (way.missing() > 0) {
        const std::string& name = way.names[way.folders.size() - 1];
        TRY(disk.make_folder(way.folder(), name));
        Descriptor next = TRY(open_folder(way.folder(), name, what));
        way.folders.push_back(std::move(next));
    }
    return {};
}

Result<> put_file(Way& way, Disk& disk, const std::string& content, const std::string& what) {
    TRY(make_folders(way, disk, what));
    TRY(disk.store(way.shelf(), way.temporary(), content,
                   content.starts_with("#!") ? 0755U : 0644U));
    return disk.move(way.shelf(), way.temporary(), way.folder(), way.file());
}

}  // namespace

Result<FileState> read_owned_file(const Root& root, const std::string& path) {
    const std::string what = "cannot read " + path;
    const Way way = TRY(find_way(root, path, what));
    if (way.missing() > 0) return FileState{{}, static_cast<unsigned>(way.missing())};
    const auto content = TRY(read_file(way, what));
    return FileState{content, 0};
}

Result<> write_owned_file(const Root& root, Disk& disk, const std::string& path,
                          const FileState& state) {
    const std::string what = "cannot write " + path;
    Way way = TRY(find_way(root, path, what));
    if (!state.content) {
        if (way.missing() == 0) {
            // What a crash left of a write keeps its folder from being empty.
            TRY(disk.remove(way.shelf(), way.temporary()));
            TRY(disk.remove(way.folder(), way.file()));
        }
        // A way back that was interrupted has some of them behind it.
        const std::size_t gone = std::min<std::size_t>(way.missing(), state.missing_folders);
        return remove_folders(way, disk, state.missing_folders - gone);
    }
    if (way.missing() == 0) TRY(read_file(way, what));
    const std::size_t missing = way.missing();
    auto put = put_file(way, disk, *state.content, what);
    if (put) return put;
    // As it was, as far as the disk lets us; the error says more than one from here would.
    if (way.missing() == 0) (void)disk.remove(way.shelf(), way.temporary());
    (void)remove_folders(way, disk, missing - way.missing());
    return put;
}

}  // namespace ctrlpass
