// SPDX-License-Identifier: GPL-2.0-or-later
#include "vfio/remember_stuck.hpp"

#include <filesystem>
#include <fstream>

#include "iommu/stuck.hpp"

namespace ctrlpass {

namespace fs = std::filesystem;

std::optional<PciAddress> function_of_write(const std::string& path, std::string_view text) {
    constexpr std::string_view devices = "sys/bus/pci/devices/";
    if (!path.starts_with(devices)) return parse_address(text);
    const std::string_view rest = std::string_view(path).substr(devices.size());
    return parse_address(rest.substr(0, rest.find('/')));
}

void remember_stuck(const Root& root, const PciAddress& address, int process,
                    const std::string& path) {
    const StuckWrite write{process, start_of_process(root, process), "/" + path};
    if (write.started.empty()) return;
    const fs::path directory = fs::path(root.directory()) / stuck_directory;
    std::error_code error;
    fs::create_directories(directory, error);
    const fs::path file = directory / to_string(address);
    const fs::path draft = directory / (".new-" + to_string(address));
    std::ofstream stream(draft, std::ios::trunc);
    stream << to_text(write);
    stream.close();
    if (stream) fs::rename(draft, file, error);
}

}  // namespace ctrlpass
