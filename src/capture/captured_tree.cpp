// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/capture/captured_tree.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <deque>
#include <string_view>

namespace ctrlpass {

namespace {

constexpr int most_links = 40;             // as in the kernel
constexpr std::size_t deepest = 64;        // of folders in folders: each is a descriptor at writing
constexpr std::size_t longest_name = 255;  // NAME_MAX

std::vector<std::string> parts_of(std::string_view path) {
    std::vector<std::string> parts;
    for (std::size_t begin = 0; begin < path.size();) {
        const auto end = std::min(path.find('/', begin), path.size());
        if (end > begin) parts.emplace_back(path.substr(begin, end - begin));
        begin = end + 1;
    }
    return parts;
}

/// For the time of the writing, so that the modes are those that are asked for.
class UsualMask {
  public:
    UsualMask() : before_(::umask(0077)) {}
    UsualMask(const UsualMask&) = delete;
    UsualMask& operator=(const UsualMask&) = delete;
    ~UsualMask() { ::umask(before_); }

  private:
    mode_t before_;
};

std::unexpected<Error> cannot_make(const std::string& name) {
    return fail_with_errno("cannot make " + name + " of the copy", errno);
}

Result<> write_file(const Descriptor& folder, const std::string& name, std::string_view text) {
    const Descriptor file(::openat(folder.number(), name.c_str(),
                                   O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file.is_open()) return cannot_make(name);
    while (!text.empty()) {
        const ssize_t count = ::write(file.number(), text.data(), text.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return cannot_make(name);
        text.remove_prefix(static_cast<std::size_t>(count));
    }
    return {};
}

Descriptor open_folder(const Descriptor& folder, const std::string& name) {
    return Descriptor(
        ::openat(folder.number(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

}  // namespace

struct CapturedTree::Entry {
    enum class Kind { folder, file, link };
    Kind kind = Kind::folder;
    std::string text;  ///< of a file; where a link leads
    std::map<std::string, Entry> entries;
};

CapturedTree::CapturedTree() : top_(std::make_unique<Entry>()) {}
CapturedTree::~CapturedTree() = default;

/// Where a path leads, its links followed; nothing for links that lead to themselves.
std::optional<CapturedTree::Names> CapturedTree::inside(const std::string& path) const {
    const Names parts = parts_of(path);
    std::deque<std::string> rest(parts.begin(), parts.end());
    Names done;
    for (int links = 0; !rest.empty();) {
        const std::string part = rest.front();
        rest.pop_front();
        if (part == ".") continue;
        if (part == "..") {
            if (!done.empty()) done.pop_back();
            continue;
        }
        done.push_back(part);
        const Entry* const entry = find(done);
        if (entry == nullptr || entry->kind != Entry::Kind::link) continue;
        done.pop_back();
        if (++links > most_links) return std::nullopt;
        if (entry->text.starts_with('/')) done.clear();
        const Names target = parts_of(entry->text);
        rest.insert(rest.begin(), target.begin(), target.end());
    }
    return done;
}

const CapturedTree::Entry* CapturedTree::find(const Names& names) const {
    const Entry* entry = top_.get();
    for (const std::string& name : names) {
        const auto next = entry->entries.find(name);
        if (next == entry->entries.end()) return nullptr;
        entry = &next->second;
    }
    return entry;
}

/// Nothing where a file or a link is in the way, or where it would be too deep.
CapturedTree::Entry* CapturedTree::make_folders(const Names& names) {
    if (names.size() > deepest) return nullptr;
    Entry* entry = top_.get();
    for (const std::string& name : names) {
        if (entry->kind != Entry::Kind::folder || name.size() > longest_name) return nullptr;
        entry = &entry->entries[name];
    }
    return entry->kind == Entry::Kind::folder ? entry : nullptr;
}

bool CapturedTree::has(const std::string& path) const {
    const auto place = inside(path);
    return place && find(*place) != nullptr;
}

void CapturedTree::folder(const std::string& path) {
    if (const auto place = inside(path)) make_folders(*place);
}

void CapturedTree::file(const std::string& path, const std::string& text) {
    auto place = inside(path);
    if (!place || place->empty() || place->back().size() > longest_name) return;
    const std::string name = std::move(place->back());
    place->pop_back();
    Entry* const above = make_folders(*place);
    if (above == nullptr) return;
    const auto [entry, made] = above->entries.try_emplace(name);
    if (made) entry->second.kind = Entry::Kind::file;
    if (entry->second.kind == Entry::Kind::file) entry->second.text = text;
}

void CapturedTree::link(const std::string& path, const std::string& target) {
    const auto slash = path.rfind('/');
    const std::string name = slash == path.npos ? path : path.substr(slash + 1);
    const bool plain = !name.empty() && name != "." && name != ".." && name.size() <= longest_name;
    const auto place = inside(slash == path.npos ? "" : path.substr(0, slash));
    if (!plain || target.empty() || !place) return;
    Entry* const above = make_folders(*place);
    if (above == nullptr) return;
    const auto [entry, made] = above->entries.try_emplace(name);
    if (!made) return;
    entry->second.kind = Entry::Kind::link;
    entry->second.text = target;
}

Result<> CapturedTree::write(const Entry& entry, const Descriptor& folder) {
    for (const auto& [name, below] : entry.entries) {
        if (below.kind == Entry::Kind::file) {
            TRY(write_file(folder, name, below.text));
        } else if (below.kind == Entry::Kind::link) {
            if (::symlinkat(below.text.c_str(), folder.number(), name.c_str()) != 0)
                return cannot_make(name);
        } else {
            if (::mkdirat(folder.number(), name.c_str(), 0700) != 0) return cannot_make(name);
            const Descriptor next = open_folder(folder, name);
            if (!next.is_open()) return cannot_make(name);
            TRY(write(below, next));
        }
    }
    return {};
}

/// What is not there is fine.
void CapturedTree::remove(const Entry& entry, const Descriptor& folder) {
    for (const auto& [name, below] : entry.entries) {
        const bool is_folder = below.kind == Entry::Kind::folder;
        if (is_folder)
            if (const Descriptor next = open_folder(folder, name); next.is_open())
                remove(below, next);
        ::unlinkat(folder.number(), name.c_str(), is_folder ? AT_REMOVEDIR : 0);
    }
}

Result<> CapturedTree::write_into(const Descriptor& folder) const {
    const UsualMask mask;
    auto written = write(*top_, folder);
    if (!written) remove(*top_, folder);
    return written;
}

}  // namespace ctrlpass
