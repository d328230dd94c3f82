// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/processes.hpp"

#include <unistd.h>

#include <algorithm>
#include <sstream>

#include "iommu/lines.hpp"
#include "iommu/number.hpp"

namespace ctrlpass {

namespace {

/// QEMU's are long.
constexpr std::size_t longest_command_line = 1 << 20;

}  // namespace

std::vector<int> process_ids(const Root& root) {
    std::vector<int> pids;
    for (const std::string& name : root.names("proc"))
        if (const auto pid = number_in<int>(name); pid && *pid > 0) pids.push_back(*pid);
    std::ranges::sort(pids);
    return pids;
}

std::string process_home(int pid) { return "proc/" + std::to_string(pid); }

std::string process_name(const Root& root, int pid) {
    return root.attribute(process_home(pid) + "/comm").value_or("");
}

std::string start_of_process(const Root& root, int process) {
    return start_in(root, process_home(process));
}

std::string start_in(const Root& root, const std::string& home) {
    const auto stat = root.attribute(home + "/stat");
    if (!stat) return "";
    // The name of the process, in parentheses, may hold anything.
    const auto name_end = stat->rfind(')');
    if (name_end == stat->npos) return "";
    std::istringstream fields(stat->substr(name_end + 1));
    constexpr int state = 3;
    constexpr int start_time = 22;
    std::string field;
    for (int number = state; number <= start_time && fields >> field; ++number) {
        const bool ended = number == state && (field == "Z" || field == "X");
        if (ended) return "";
        if (number == start_time) return field;
    }
    return "";
}

std::optional<std::int64_t> clock_of_start(const Root& root, int pid) {
    const auto ticks = number_in<std::int64_t>(start_of_process(root, pid));
    const auto a_second = ::sysconf(_SC_CLK_TCK);
    if (!ticks || a_second <= 0) return std::nullopt;
    for (const std::string& line : lines_of(root.read("proc/stat", longest_table).value_or("")))
        if (line.starts_with("btime ")) {
            const auto boot = number_in<std::int64_t>(words_of(line).back());
            return boot ? std::optional(*boot + *ticks / a_second) : std::nullopt;
        }
    return std::nullopt;
}

std::optional<unsigned> user_of_process(const Root& root, int pid) {
    for (const std::string& line :
         lines_of(root.attribute(process_home(pid) + "/status").value_or("")))
        if (line.starts_with("Uid:")) {
            const auto words = words_of(line);  // real, effective, saved, of the file system
            return words.size() > 2 ? number_in<unsigned>(words[2]) : std::nullopt;
        }
    return std::nullopt;
}

std::vector<std::string> process_arguments(const Root& root, int pid) {
    const auto text = root.read(process_home(pid) + "/cmdline", longest_command_line);
    std::vector<std::string> arguments;
    if (!text) return arguments;
    std::size_t from = 0;
    while (from < text->size()) {
        const auto end = std::min(text->find('\0', from), text->size());
        arguments.push_back(text->substr(from, end - from));
        from = end + 1;
    }
    return arguments;
}

}  // namespace ctrlpass
