// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/ledger/tool_lock.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <nlohmann/json.hpp>

#include "iommu/processes.hpp"
#include "iommu/root.hpp"
#include "src/ledger/state_folder.hpp"
#include "src/ledger/utc_time.hpp"
#include "src/render/text.hpp"

namespace ctrlpass {

namespace {

constexpr std::size_t longest_note = 512;
constexpr std::size_t longest_word = 64;

/// The whole file, for one that writes. A lock of the process, which children do not inherit: one
/// that hangs in the kernel must not keep it.
struct flock whole_file() {
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    return lock;
}

/// What a holder writes down. `start` keeps a note from being taken for that of a later process
/// with the same id.
struct LockNote {
    int pid = 0;
    std::string start;
    std::string program;
    std::string since;
};

std::string cut(std::string text) {
    if (text.size() > longest_word) text.resize(longest_word);
    return text;
}

std::string text_of(const LockNote& note) {
    const nlohmann::ordered_json json{
        {"pid", note.pid}, {"start", note.start}, {"program", note.program}, {"since", note.since}};
    return json.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::optional<LockNote> read_note(int lock) {
    std::array<char, longest_note> text{};
    const ssize_t count = ::pread(lock, text.data(), text.size(), 0);
    if (count <= 0) return std::nullopt;
    const auto json = nlohmann::ordered_json::parse(
        std::string_view(text.data(), static_cast<std::size_t>(count)), nullptr, false);
    const auto word = [&](const char* key) {
        const auto found = json.find(key);
        return found != json.end() && found->is_string() ? cut(found->get<std::string>()) : "";
    };
    if (!json.is_object() || !json.contains("pid") || !json["pid"].is_number_integer())
        return std::nullopt;
    return LockNote{json["pid"].get<int>(), word("start"), word("program"), word("since")};
}

/// A lock that cannot be described is a lock all the same.
void write_note(int lock) {
    const auto root = Root::open("/");
    if (!root) return;
    const int pid = ::getpid();
    const std::string text =
        text_of({pid, start_of_process(*root, pid), cut(process_name(*root, pid)), utc_now()});
    if (::ftruncate(lock, 0) != 0) return;
    [[maybe_unused]] const ssize_t written = ::pwrite(lock, text.data(), text.size(), 0);
}

/// Field 3 of /proc/PID/stat, behind the name in parentheses, which may hold anything.
char state_of(const Root& root, int pid) {
    const auto stat = root.attribute(process_home(pid) + "/stat");
    const auto end = stat ? stat->rfind(')') : std::string::npos;
    return end != std::string::npos && end + 2 < stat->size() ? (*stat)[end + 2] : '?';
}

/// Nothing where nobody has it any more.
std::optional<LockHolder> holder_of(int lock) {
    struct flock held = whole_file();
    if (::fcntl(lock, F_GETLK, &held) != 0 || held.l_type == F_UNLCK) return std::nullopt;
    LockHolder holder;
    const auto root = Root::open("/");
    // Another PID namespace: the kernel says 0, or -1.
    if (held.l_pid <= 0 || !root) return holder;
    holder.pid = held.l_pid;
    holder.program = cut(process_name(*root, holder.pid));
    holder.state = state_of(*root, holder.pid);
    const auto note = read_note(lock);
    if (note && note->pid == holder.pid && note->start == start_of_process(*root, holder.pid))
        holder.since = note->since;
    return holder;
}

const char* meaning_of(char state) {
    switch (state) {
        case 'R':
            return ": running";
        case 'S':
            return ": sleeping";
        case 'D':
            return ": waiting in the kernel";
        case 'T':
            return ": stopped";
        case 't':
            return ": stopped by a debugger";
        case 'Z':
        case 'X':
            return ": ended";
        default:
            return "";
    }
}

}  // namespace

std::string shown(const LockHolder& holder) {
    if (holder.pid == 0) return "a process that cannot be seen from here";
    const std::string program = holder.program.empty() ? "" : printable(holder.program) + ", ";
    return "process " + std::to_string(holder.pid) + " (" + program + "state " +
           printable(std::string(1, holder.state)) + meaning_of(holder.state) + ")";
}

std::string way_past(const LockHolder& holder) {
    if (holder.state == 'T') return "Let it go on:\n    kill -CONT " + std::to_string(holder.pid);
    return "Wait for it to end.";
}

Result<Descriptor> take_lock(int state, const std::string& path) {
    Descriptor lock(
        ::openat(state, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600));
    if (!lock.is_open()) return fail_with_errno("cannot open " + path, errno);
    // Between the refusal and the question the holder may have ended: then once more.
    constexpr int tries = 3;
    for (int i = 0; i < tries; ++i) {
        struct flock whole = whole_file();
        if (::fcntl(lock.number(), F_SETLK, &whole) == 0) {
            write_note(lock.number());
            return lock;
        }
        if (errno != EAGAIN && errno != EACCES)
            return fail_with_errno("cannot lock " + path, errno);
        const auto holder = holder_of(lock.number());
        if (!holder) continue;
        const std::string since =
            holder->since.empty() ? "; it is not known since when" : " since " + holder->since;
        return fail("another ctrlpass is at work",
                    shown(*holder) + " has locked " + path + printable(since),
                    way_past(*holder) + "\nNothing was changed.", Trouble::locked);
    }
    return fail("another ctrlpass is at work", path + " is locked by one process after the other",
                "Wait for them to end. Nothing was changed.", Trouble::locked);
}

std::optional<LockHolder> lock_holder(const std::string& state_directory) {
    const auto state = open_state(state_directory, false);
    if (!state) return std::nullopt;
    const Descriptor lock(
        ::openat(state->number(), "lock", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    return lock.is_open() ? holder_of(lock.number()) : std::nullopt;
}

}  // namespace ctrlpass
