// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/platform.hpp"

#include <optional>

#include "iommu/module_options.hpp"

namespace ctrlpass {

namespace {

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

/// A parameter of a module that is loaded, otherwise what will be when it is.
bool is_set(const Root& root, const std::string& command_line, const std::string& module,
            const std::string& parameter) {
    const auto now = root.attribute("sys/module/" + module + "/parameters/" + parameter);
    if (now) return *now == "Y";
    const auto said = read_module_options(root, command_line, module, parameter);
    return !said.empty() && (said.front().second == "1" || said.front().second.starts_with("y") ||
                             said.front().second.starts_with("Y"));
}

}  // namespace

Iommu read_iommu(const Root& root, const std::string& command_line) {
    Iommu iommu;
    iommu.unsafe_interrupts =
        is_set(root, command_line, "vfio_iommu_type1", "allow_unsafe_interrupts");
    iommu.no_iommu_mode = is_set(root, command_line, "vfio", "enable_unsafe_noiommu_mode");
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
    return read_module_options(root, command_line, "vfio-pci", "ids");
}

}  // namespace ctrlpass
