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
