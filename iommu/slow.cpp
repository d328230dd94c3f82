// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/slow.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>

namespace ctrlpass {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::int32_t absent = -1;

bool write_all(int file, const char* data, std::size_t size) {
    while (size > 0) {
        const ssize_t count = ::write(file, data, size);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return false;
        data += count;
        size -= static_cast<std::size_t>(count);
    }
    return true;
}

/// Each answer is its length, or `absent`, and then the text.
void answer_all(const SlowReader& reader, std::span<const std::string> paths, int file) {
    for (const auto& path : paths) {
        const auto text = reader(path);
        const std::int32_t length = text ? static_cast<std::int32_t>(text->size()) : absent;
        std::array<char, sizeof length> head{};
        std::copy_n(reinterpret_cast<const char*>(&length), sizeof length, head.data());
        if (!write_all(file, head.data(), head.size())) return;
        if (text && !write_all(file, text->data(), text->size())) return;
    }
}

/// The child and the end of the pipe on which it answers.
class Child {
  public:
    Child(const SlowReader& reader, std::span<const std::string> paths) {
        std::array<int, 2> ends{-1, -1};
        if (::pipe2(ends.data(), O_CLOEXEC) != 0) return;
        pid_ = ::fork();
        if (pid_ == 0) {
            ::close(ends[0]);
            answer_all(reader, paths, ends[1]);
            ::_exit(0);
        }
        ::close(ends[1]);
        file_ = ends[0];
    }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;
    ~Child() {
        if (file_ >= 0) ::close(file_);
        if (pid_ <= 0) return;
        ::kill(pid_, SIGKILL);
        // One that hangs in the kernel cannot be waited for; init takes it when it comes back.
        ::waitpid(pid_, nullptr, stuck_ ? WNOHANG : 0);
    }

    /// The next answer; `stuck` where it did not come.
    SlowText next(std::chrono::milliseconds deadline) {
        const auto end = Clock::now() + deadline;
        std::int32_t length = 0;
        if (!read_all(reinterpret_cast<char*>(&length), sizeof length, end)) return give_up();
        if (length < 0) return {};
        std::string text(static_cast<std::size_t>(length), '\0');
        if (!read_all(text.data(), text.size(), end)) return give_up();
        return {std::move(text), false};
    }

  private:
    SlowText give_up() {
        stuck_ = true;
        return {std::nullopt, true};
    }

    bool read_all(char* data, std::size_t size, Clock::time_point end) const {
        while (size > 0) {
            const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now());
            pollfd wanted{file_, POLLIN, 0};
            const int ready = ::poll(&wanted, 1, static_cast<int>(std::max(left.count(), 0L)));
            if (ready < 0 && errno == EINTR) continue;
            if (ready <= 0) return false;
            const ssize_t count = ::read(file_, data, size);
            if (count < 0 && errno == EINTR) continue;
            if (count <= 0) return false;
            data += count;
            size -= static_cast<std::size_t>(count);
        }
        return true;
    }

    pid_t pid_ = -1;
    int file_ = -1;
    bool stuck_ = false;
};

}  // namespace

std::vector<SlowText> read_in_child(const SlowReader& reader, std::span<const std::string> paths,
                                    std::chrono::milliseconds deadline) {
    constexpr int patience = 4;
    std::vector<SlowText> answers;
    for (int failures = 0; answers.size() < paths.size() && failures < patience; ++failures) {
        Child child(reader, paths.subspan(answers.size()));
        while (answers.size() < paths.size()) {
            answers.push_back(child.next(deadline));
            if (answers.back().stuck) break;
        }
    }
    answers.resize(paths.size(), SlowText{std::nullopt, true});
    return answers;
}

std::vector<SlowText> read_slow(const Root& root, std::span<const std::string> paths,
                                std::chrono::milliseconds deadline) {
    const auto reader = [&root](const std::string& path) { return root.attribute(path); };
    if (root.is_live() && !paths.empty()) return read_in_child(reader, paths, deadline);
    std::vector<SlowText> answers;
    for (const auto& path : paths) answers.push_back({reader(path), false});
    return answers;
}

}  // namespace ctrlpass
