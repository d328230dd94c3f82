// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/commands/ssh_session.hpp"

#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <string_view>

#include "iommu/root.hpp"

namespace ctrlpass {

namespace {

constexpr int most_ancestors = 32;
constexpr std::size_t longest_environment = 4U << 20U;

std::string from_environment(const Root& root, int pid) {
    constexpr std::string_view name = "SSH_CONNECTION=";
    const auto text = root.read("proc/" + std::to_string(pid) + "/environ", longest_environment);
    for (std::size_t begin = 0; text && begin < text->size();) {
        const auto end = std::min(text->find('\0', begin), text->size());
        const std::string_view entry = std::string_view(*text).substr(begin, end - begin);
        if (entry.starts_with(name)) return std::string(entry.substr(name.size()));
        begin = end + 1;
    }
    return {};
}

/// The fourth word of /proc/PID/stat, whose second may have blanks and parentheses in it.
int parent_of(const Root& root, int pid) {
    const auto text = root.attribute("proc/" + std::to_string(pid) + "/stat").value_or("");
    const auto end = text.rfind(')');
    constexpr std::size_t to_number = 4;  // ") S 1234"
    if (end == text.npos || end + to_number >= text.size()) return 0;
    int parent = 0;
    std::from_chars(text.data() + end + to_number, text.data() + text.size(), parent);
    return parent;
}

}  // namespace

std::string ssh_connection() {
    if (const char* const own = std::getenv("SSH_CONNECTION")) return own;
    const auto root = Root::open("/");
    if (!root) return {};
    int pid = ::getppid();
    for (int i = 0; i < most_ancestors && pid > 1; ++i, pid = parent_of(*root, pid))
        if (auto found = from_environment(*root, pid); !found.empty()) return found;
    return {};
}

}  // namespace ctrlpass
