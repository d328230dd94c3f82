// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/platform.hpp"

#include <optional>

#include "iommu/environment.hpp"
#include "iommu/iommu_words.hpp"
#include "iommu/lines.hpp"
#include "iommu/module_options.hpp"

namespace ctrlpass {

namespace {

std::string text_of(const Root& root, const std::string& path) {
    auto text = root.read(path, longest_table);
    return text ? std::move(*text) : std::string();
}

constexpr auto acpi_tables = "sys/firmware/acpi/tables";

bool has_table(const Root& root, const std::string& name) {
    return root.exists(acpi_tables + std::string("/") + name);
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

/// The firmware describes one, and it is not on.
void judge_described(const Root& root, const std::string& command_line, Iommu& iommu) {
    using Reason = Iommu::Reason;
    iommu.state = Iommu::State::off_on_command_line;
    const bool intel = iommu.processor == Processor::intel;
    const IommuWords words = read_iommu_words(command_line, iommu.processor);
    const IommuBuild build = read_iommu_build(root, iommu.processor);
    iommu.on_by_default = build.on_by_default;
    iommu.words_off = words.off;
    if (!words.off.empty()) {
        iommu.reason = Reason::turned_off;
    } else if (!build.has_driver) {
        iommu.reason = Reason::not_built;
        iommu.evidence = build.place;
    } else if (intel && !words.turned_on && !build.on_by_default) {
        iommu.reason = Reason::not_turned_on;
        iommu.evidence = build.place;
    } else {
        iommu.reason = Reason::not_started;
        if (intel)
            iommu.evidence = words.turned_on ? "the kernel command line has intel_iommu=on"
                                             : build.place + " has CONFIG_INTEL_IOMMU_DEFAULT_ON=y";
    }
}

/// No table describes one. On ARM the table is IORT, and what the processor can is not in its
/// flags.
void judge_undescribed(const Root& root, const std::string& command_line, Iommu& iommu) {
    using Reason = Iommu::Reason;
    const bool virtualizes = has_cpu_flag(root, "vmx") || has_cpu_flag(root, "svm");
    iommu.state = virtualizes ? Iommu::State::off_in_firmware : Iommu::State::absent;
    if (read_iommu_words(command_line, iommu.processor).no_acpi) {
        iommu.state = Iommu::State::off_on_command_line;
        iommu.reason = Reason::turned_off;
        iommu.words_off = {"acpi=off"};
    } else if (text_of(root, "proc/cpuinfo").find("flags\t") == std::string::npos) {
        iommu.reason = Reason::not_known;
    } else if (!root.exists(acpi_tables)) {
        iommu.reason = Reason::no_tables;
    } else {
        iommu.reason = virtualizes ? Reason::firmware : Reason::no_virtualization;
    }
}

void find_reason(const Root& root, const std::string& command_line, Iommu& iommu) {
    using Kind = Environment::Kind;
    const bool described = has_table(root, "DMAR") || has_table(root, "IVRS");
    iommu.processor = read_processor(root);
    if (described)
        judge_described(root, command_line, iommu);
    else
        judge_undescribed(root, command_line, iommu);
    const Environment here = read_environment(root);
    const bool counts = here.kind == Kind::container || here.kind == Kind::xen_dom0 ||
                        (here.kind == Kind::guest && !described);
    if (!counts) return;
    if (!described || here.kind == Kind::xen_dom0) iommu.state = Iommu::State::absent;
    iommu.reason = here.kind == Kind::container  ? Iommu::Reason::container
                   : here.kind == Kind::xen_dom0 ? Iommu::Reason::xen_dom0
                                                 : Iommu::Reason::guest;
    iommu.platform = here.name;
    iommu.evidence = here.evidence;
}

}  // namespace

Processor read_processor(const Root& root) {
    const std::string text = text_of(root, "proc/cpuinfo");
    const auto has = [&](const char* vendor) { return text.find(vendor) != text.npos; };
    if (has_table(root, "DMAR") || has_cpu_flag(root, "vmx") || has("GenuineIntel"))
        return Processor::intel;
    if (has_table(root, "IVRS") || has_cpu_flag(root, "svm") || has("AuthenticAMD") ||
        has("HygonGenuine"))
        return Processor::amd;
    return Processor::other;
}

bool has_cpu_flag(const Root& root, const std::string& flag) {
    const std::string text = text_of(root, "proc/cpuinfo");
    const auto flags = text.find("flags");
    if (flags == text.npos) return false;
    const auto line = text.substr(flags, text.find('\n', flags) - flags) + " ";
    return line.find(" " + flag + " ") != line.npos;
}

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
    find_reason(root, command_line, iommu);
    return iommu;
}

}  // namespace ctrlpass
