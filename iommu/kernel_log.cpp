// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/kernel_log.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "iommu/descriptor.hpp"

namespace ctrlpass {

namespace {

constexpr std::size_t most_lines = 4;
constexpr std::size_t longest_line = 240;
/// More than the kernel keeps, but should it write faster than we read, this ends.
constexpr int most_records = 200000;

/// Whole: "0000:0a:00.3" is not "10000:0a:00.3".
bool names(std::string_view text, std::string_view name) {
    const auto is_part = [](char c) { return std::string_view("0123456789abcdef:.").contains(c); };
    for (auto at = text.find(name); at != text.npos; at = text.find(name, at + 1)) {
        const bool begins = at == 0 || !is_part(text[at - 1]) || text[at - 1] == ':';
        const auto end = at + name.size();
        const bool ends = end == text.size() || text[end] < '0' || text[end] > '9';
        if (begins && ends) return true;
    }
    return false;
}

}  // namespace

std::string line_about(std::string_view record, std::string_view name) {
    // "priority,number,microseconds,flags;message\n SUBSYSTEM=pci\n DEVICE=+pci:0000:0a:00.3\n"
    const auto head = record.find(';');
    if (head == record.npos || !names(record.substr(head), name)) return "";
    auto time = record.substr(0, head);
    for (int fields = 0; fields < 2 && time.contains(','); ++fields)
        time.remove_prefix(time.find(',') + 1);
    const auto microseconds = std::strtoull(std::string(time).c_str(), nullptr, 10);
    std::array<char, 40> stamp{};
    std::snprintf(stamp.data(), stamp.size(), "[%5llu.%06llu] ", microseconds / 1000000,
                  microseconds % 1000000);
    const auto message = record.substr(head + 1, record.find('\n', head) - head - 1);
    return stamp.data() + std::string(message.substr(0, longest_line));
}

std::vector<std::string> kernel_log_about(std::string_view name) {
    std::vector<std::string> lines;
    const Descriptor log(::open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    if (!log.is_open()) return lines;
    std::array<char, 8192> record;  // the longest there are
    for (int i = 0; i < most_records; ++i) {
        const ssize_t count = ::read(log.number(), record.data(), record.size());
        // EPIPE: some were overwritten before they were read.
        if (count < 0 && (errno == EPIPE || errno == EINTR)) continue;
        if (count <= 0) break;
        auto line = line_about({record.data(), static_cast<std::size_t>(count)}, name);
        if (line.empty()) continue;
        lines.push_back(std::move(line));
        if (lines.size() > most_lines) lines.erase(lines.begin());
    }
    return lines;
}

}  // namespace ctrlpass
