// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/platform.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace ctrlpass {

namespace {

constexpr std::size_t longest_table = 16U << 20U;

std::string text_of(const Root& root, const std::string& path) {
    auto text = root.read(path, longest_table);
    return text ? std::move(*text) : std::string();
}

/// Can this processor have an IOMMU beside it at all?
bool can_virtualize(const Root& root) {
    const std::string text = text_of(root, "proc/cpuinfo");
    const auto flags = text.find("flags");
    if (flags == text.npos) return false;
    const auto line = text.substr(flags, text.find('\n', flags) - flags) + " ";
    return line.find(" vmx ") != line.npos || line.find(" svm ") != line.npos;
}

/// Chips of the interrupt controllers have "IR-" before their names when the IOMMU remaps
/// (drivers/iommu/intel/irq_remapping.c, drivers/iommu/amd/iommu.c). Elsewhere than on x86 no name
/// tells.
std::optional<bool> read_remapping(const Root& root) {
    const std::string text = text_of(root, "proc/interrupts");
    if (text.find(" IR-") != text.npos) return true;
    if (text.find("IO-APIC") != text.npos) return false;
    return std::nullopt;
}

/// The value of `key=` in a line of words, "" when it is not there.
std::optional<std::string> value_in(const std::string& line, const std::string& key) {
    for (std::size_t begin = 0; begin < line.size();) {
        const auto end = std::min(line.find_first_of(" \t", begin), line.size());
        const std::string word = line.substr(begin, end - begin);
        if (word.starts_with(key + "=")) return word.substr(key.size() + 1);
        begin = end + 1;
    }
    return std::nullopt;
}

bool is_vfio_options_line(const std::string& line) {
    return line.starts_with("options vfio-pci ") || line.starts_with("options vfio_pci ");
}

}  // namespace

Iommu read_iommu(const Root& root) {
    Iommu iommu;
    const bool present = !root.names("sys/class/iommu").empty();
    if (present && !root.names("sys/kernel/iommu_groups").empty()) {
        iommu.state = Iommu::State::on;
        iommu.interrupt_remapping = read_remapping(root);
        return iommu;
    }
    const std::string tables = "sys/firmware/acpi/tables/";
    const bool described = root.exists(tables + "DMAR") || root.exists(tables + "IVRS");
    if (described)
        iommu.state = Iommu::State::off_on_command_line;
    else
        iommu.state = can_virtualize(root) ? Iommu::State::off_in_firmware : Iommu::State::absent;
    return iommu;
}

std::vector<std::pair<std::string, std::string>> read_vfio_ids(const Root& root,
                                                               const std::string& command_line) {
    std::vector<std::pair<std::string, std::string>> found;
    for (const char* const key : {"vfio-pci.ids", "vfio_pci.ids"})
        if (const auto ids = value_in(command_line, key))
            found.emplace_back("the kernel command line", *ids);
    for (const std::string folder : {"etc/modprobe.d/", "usr/lib/modprobe.d/", "run/modprobe.d/"}) {
        for (const std::string& file : root.names(folder)) {
            if (!file.ends_with(".conf")) continue;
            const std::string text = text_of(root, folder + file);
            for (std::size_t begin = 0; begin < text.size();) {
                const auto end = std::min(text.find('\n', begin), text.size());
                const std::string line = text.substr(begin, end - begin);
                const auto ids = is_vfio_options_line(line) ? value_in(line, "ids") : std::nullopt;
                if (ids) found.emplace_back("/" + folder + file, *ids);
                begin = end + 1;
            }
        }
    }
    return found;
}

}  // namespace ctrlpass
