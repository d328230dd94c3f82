// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/slow.hpp"

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <memory>

#include "iommu/child.hpp"

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

/// A child that answers one question after the other.
class Asking {
  public:
    Asking(const SlowReader& reader, std::span<const std::string> paths)
        : child_(Child::start("cannot read", [&](int pipe) { answer_all(reader, paths, pipe); })) {}
    Asking(const Asking&) = delete;
    Asking& operator=(const Asking&) = delete;
    ~Asking() {
        if (!child_) return;
        ::kill(child_->process(), SIGKILL);
        // One that hangs in the kernel cannot be waited for; init takes it when it comes back.
        ::waitpid(child_->process(), nullptr, stuck_ ? WNOHANG : 0);
    }

    /// The next answer; `stuck` where it did not come in time. From a child that died there is
    /// none.
    SlowText next(Clock::time_point end) {
        std::int32_t length = absent;
        if (!read_all(reinterpret_cast<char*>(&length), sizeof length, end) || length < 0)
            return {std::nullopt, stuck_};
        std::string text(static_cast<std::size_t>(length), '\0');
        if (!read_all(text.data(), text.size(), end)) return {std::nullopt, stuck_};
        return {std::move(text), false};
    }
    bool is_over() const { return stuck_ || died_; }

  private:
    bool read_all(char* data, std::size_t size, Clock::time_point end) {
        while (child_ && size > 0) {
            const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now());
            const int file = child_->answers().number();
            pollfd wanted{file, POLLIN, 0};
            const int ready = ::poll(&wanted, 1, static_cast<int>(std::max(left.count(), 0L)));
            if (ready < 0 && errno == EINTR) continue;
            stuck_ = ready == 0;
            if (ready <= 0) return false;
            const ssize_t count = ::read(file, data, size);
            if (count < 0 && errno == EINTR) continue;
            died_ = count <= 0;
            if (died_) return false;
            data += count;
            size -= static_cast<std::size_t>(count);
        }
        return child_.has_value();
    }

    Result<Child> child_;
    bool stuck_ = false;
    bool died_ = false;
};

}  // namespace

std::vector<SlowText> read_in_child(const SlowReader& reader, std::span<const std::string> paths,
                                    std::chrono::milliseconds deadline) {
    std::vector<SlowText> answers;
    if (paths.empty()) return answers;
    Asking child(reader, paths);
    while (answers.size() < paths.size() && !child.is_over())
        answers.push_back(child.next(Clock::now() + deadline));
    // One did not come back: each of the others is asked by a child of its own, all at once, so
    // that those who answer are not taken for those who do not.
    std::vector<std::unique_ptr<Asking>> children;
    for (std::size_t i = answers.size(); i < paths.size(); ++i)
        children.push_back(std::make_unique<Asking>(reader, paths.subspan(i, 1)));
    const auto end = Clock::now() + deadline;
    for (const auto& each : children) answers.push_back(each->next(end));
    return answers;
}

std::vector<SlowText> read_slow(const Root& root, std::span<const std::string> paths,
                                std::chrono::milliseconds deadline) {
    std::vector<SlowText> answers;
    if (!root.is_live() || paths.empty()) {
        for (const auto& path : paths) answers.push_back({root.attribute(path), false});
        return answers;
    }
    // The child has none of our descriptors, so it needs a root of its own.
    std::optional<Root> own;
    const auto reader = [&own](const std::string& path) -> std::optional<std::string> {
        if (!own) {
            auto opened = Root::open("/");
            if (!opened) return std::nullopt;
            own = std::move(*opened);
        }
        return own->attribute(path);
    };
    answers = read_in_child(reader, paths, deadline);
    for (std::size_t i = 0; i < paths.size(); ++i)
        if (const auto& text = answers[i].text) root.tell_of(paths[i], *text + "\n");
    return answers;
}

}  // namespace ctrlpass
