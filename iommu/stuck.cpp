// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/stuck.hpp"

#include <optional>
#include <sstream>

namespace ctrlpass {

namespace {

std::optional<StuckWrite> parse(const std::string& text) {
    StuckWrite write;
    std::istringstream words(text);
    if (!(words >> write.process >> write.started >> write.file) || write.process <= 0)
        return std::nullopt;
    return write;
}

}  // namespace

std::string to_text(const StuckWrite& write) {
    return std::to_string(write.process) + " " + write.started + " " + write.file + "\n";
}

std::string start_of_process(const Root& root, int process) {
    const auto stat = root.attribute("proc/" + std::to_string(process) + "/stat");
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

std::map<PciAddress, StuckWrite> read_stuck_writes(const Root& root) {
    std::map<PciAddress, StuckWrite> stuck;
    for (const std::string& name : root.names(stuck_directory)) {
        const auto address = parse_address(name);
        if (!address) continue;
        const auto text = root.attribute(std::string(stuck_directory) + "/" + name);
        const auto write = parse(text.value_or(""));
        if (write && start_of_process(root, write->process) == write->started)
            stuck.emplace(*address, *write);
    }
    return stuck;
}

std::string shown(const StuckWrite& write) {
    return "a write to " + write.file + " hangs in process " + std::to_string(write.process);
}

}  // namespace ctrlpass
