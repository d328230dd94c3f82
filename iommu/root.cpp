// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/root.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <memory>

#include "iommu/descriptor.hpp"

namespace ctrlpass {

namespace {

/// Each takes microseconds, and each of them would have to meet a renaming.
constexpr int open_attempts = 10'000;

std::string shown(const std::string& path) { return "cannot read /" + path; }

/// Some file systems do not tell what an entry is when they list it.
bool is_directory(DIR* directory, const dirent& entry) {
    if (entry.d_type != DT_UNKNOWN) return entry.d_type == DT_DIR;
    struct stat status {};
    return ::fstatat(::dirfd(directory), entry.d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
           S_ISDIR(status.st_mode);
}

}  // namespace

Root::Root(Descriptor descriptor, std::string directory, bool live)
    : descriptor_(std::move(descriptor)),
      directory_(std::move(directory)),
      live_(live),
      unread_(std::make_unique<UnreadPlaces>()) {
    if (!live_) not_captured_ = parse_unread(read_whole(unread_file, 1U << 16U, true).value_or(""));
}

void Root::note_not_captured(const std::string& path) const {
    const auto found = not_captured_.find(path);
    if (found != not_captured_.end()) note_unread(path, found->second);
}

void Root::note_more(const std::string& path, std::size_t most, const std::string& what) const {
    note_unread(path, "it has more than " + std::to_string(most) + " " + what);
}

Result<Root> Root::open(const std::string& directory) {
    Descriptor descriptor(::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!descriptor.is_open()) return fail_with_errno("cannot open " + directory, errno);
    struct stat here {};
    struct stat slash {};
    const bool live = ::fstat(descriptor.number(), &here) == 0 && ::stat("/", &slash) == 0 &&
                      here.st_dev == slash.st_dev && here.st_ino == slash.st_ino;
    return Root(std::move(descriptor), directory, live);
}

int Root::open_below(const std::string& path, int flags) const {
    // On the live root the kernel's own resolution is right and an openat() is cheaper.
    if (live_) return ::openat(descriptor_.number(), path.c_str(), flags | O_CLOEXEC);
    struct open_how how {};
    how.flags = static_cast<unsigned>(flags | O_CLOEXEC);
    how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
    // openat2(2): while anybody on the machine renames or mounts anything, a ".." cannot be told
    // from one that leads out, and the kernel asks to try again.
    for (int attempt = 1;; ++attempt) {
        const auto descriptor =
            ::syscall(SYS_openat2, descriptor_.number(), path.c_str(), &how, sizeof how);
        if (descriptor >= 0 || errno != EAGAIN || attempt == open_attempts)
            return static_cast<int>(descriptor);
    }
}

Result<std::string> Root::read(const std::string& path, std::size_t limit) const {
    auto text = read_whole(path, limit);
    note_not_captured(path);
    if (text && recorder_ != nullptr) recorder_->on_file(path, *text);
    // Those of the kernel have lengths of their own.
    const bool of_kernel = path.starts_with("proc/") || path.starts_with("sys/");
    if (!text && text.error().error_number == EFBIG && !of_kernel)
        note_unread(path, "it is larger than " + bytes_text(limit));
    return text;
}

Result<std::string> Root::read_file(const std::string& path, std::size_t limit) const {
    auto text = read_whole(path, limit, true);
    note_not_captured(path);
    if (text && recorder_ != nullptr) recorder_->on_file(path, *text);
    return text;
}

Result<std::string> Root::read_whole(const std::string& path, std::size_t limit,
                                     bool regular) const {
    if (regular) {
        // Looked at before it is opened: opening a device alone may wake it.
        const Descriptor place(open_below(path, O_PATH));
        struct stat status {};
        if (!place.is_open() || ::fstat(place.number(), &status) != 0)
            return fail_with_errno(shown(path), errno);
        if (!S_ISREG(status.st_mode)) return fail(shown(path), "it is no regular file");
        if (static_cast<std::size_t>(status.st_size) > limit)
            return fail_too_long(shown(path), limit);
    }
    const Descriptor file(open_below(path, O_RDONLY | O_NONBLOCK));
    if (!file.is_open()) return fail_with_errno(shown(path), errno);
    return read_all(file, shown(path), limit);
}

std::optional<std::string> Root::attribute(const std::string& path) const {
    auto text = read(path);
    if (!text) return std::nullopt;
    if (text->ends_with('\n')) text->pop_back();
    return std::move(*text);
}

Result<std::vector<std::string>> Root::list(const std::string& path) const {
    return list(path, Entries::all);
}

Result<std::vector<std::string>> Root::list(const std::string& path, Entries wanted) const {
    const int descriptor = open_below(path, O_RDONLY | O_DIRECTORY);
    if (descriptor < 0) return fail_with_errno("cannot list /" + path, errno);
    const std::unique_ptr<DIR, int (*)(DIR*)> directory(::fdopendir(descriptor), &::closedir);
    if (!directory) {
        const int error_number = errno;
        ::close(descriptor);
        return fail_with_errno("cannot list /" + path, error_number);
    }
    std::vector<std::string> names;
    errno = 0;
    for (; const dirent* entry = ::readdir(directory.get()); errno = 0) {
        const std::string_view name = entry->d_name;
        if (name == "." || name == "..") continue;
        if (wanted == Entries::all || is_directory(directory.get(), *entry))
            names.emplace_back(name);
    }
    if (errno != 0) return fail_with_errno("cannot list /" + path, errno);
    std::ranges::sort(names);
    note_not_captured(path);
    if (recorder_ != nullptr) recorder_->on_list(path, names);
    return names;
}

std::vector<std::string> Root::names(const std::string& path) const {
    auto found = list(path);
    return found ? std::move(*found) : std::vector<std::string>{};
}

std::vector<std::string> Root::directories(const std::string& path) const {
    auto found = list(path, Entries::directories);
    return found ? std::move(*found) : std::vector<std::string>{};
}

std::optional<std::string> Root::link(const std::string& path) const {
    std::array<char, 4096> target;
    ssize_t length = -1;
    if (live_) {
        length = ::readlinkat(descriptor_.number(), path.c_str(), target.data(), target.size());
    } else {
        const Descriptor entry(open_below(path, O_PATH | O_NOFOLLOW));
        if (entry.is_open())
            length = ::readlinkat(entry.number(), "", target.data(), target.size());
    }
    if (length < 0) return std::nullopt;
    std::string text(target.data(), static_cast<std::size_t>(length));
    if (recorder_ != nullptr) recorder_->on_link(path, text);
    return text;
}

std::optional<std::string> Root::link_name(const std::string& path) const {
    auto target = link(path);
    if (!target) return std::nullopt;
    return target->substr(target->rfind('/') + 1);
}

std::optional<std::string> Root::resolve(const std::string& path) const {
    const auto target = link(path);
    if (!target) return std::nullopt;
    namespace fs = std::filesystem;
    const auto joined = fs::path("/" + path).parent_path() / *target;
    return joined.lexically_normal().relative_path().string();
}

bool Root::exists(const std::string& path) const {
    const bool there = Descriptor(open_below(path, O_PATH)).is_open();
    if (there && recorder_ != nullptr) recorder_->on_exists(path);
    return there;
}

std::optional<unsigned> Root::mode(const std::string& path) const {
    struct stat status {};
    if (!live_ || ::fstatat(descriptor_.number(), path.c_str(), &status, 0) != 0)
        return std::nullopt;
    return status.st_mode & 07777U;
}

bool Root::is_program(const std::string& path) const {
    const Descriptor file(open_below(path, O_PATH));
    struct stat status {};
    if (!file.is_open() || ::fstat(file.number(), &status) != 0 || !S_ISREG(status.st_mode))
        return false;
    constexpr unsigned may_run = 0111;
    constexpr unsigned for_others = 0077;
    return (status.st_mode & may_run) != 0 || (!live_ && (status.st_mode & for_others) == 0);
}

std::optional<std::int64_t> Root::written(const std::string& path) const {
    struct stat status {};
    if (!live_ || ::fstatat(descriptor_.number(), path.c_str(), &status, 0) != 0)
        return std::nullopt;
    return status.st_mtim.tv_sec;
}

}  // namespace ctrlpass
