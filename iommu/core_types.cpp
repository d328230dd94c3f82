// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/core_types.hpp"

#include <algorithm>

#include "iommu/cpu_files.hpp"
#include "iommu/number.hpp"

namespace ctrlpass {

namespace {

/// A number for each core, by its first CPU.
using Strengths = std::map<unsigned, unsigned>;

/// Cores of one kind differ as well: the firmware ranks the favoured ones a little higher (67
/// beside 64 of Intel, steps of 5 in 200 of AMD). Another kind begins where a step is wide.
bool is_wide_step(unsigned lower, unsigned higher) { return lower * 4 < higher * 3; }

/// The lowest strength of the strongest kind; nothing where all are of one kind.
std::optional<unsigned> weakest_performance_core(const Strengths& strengths) {
    std::set<unsigned> values;
    for (const auto& [cpu, strength] : strengths) values.insert(strength);
    for (auto value = values.rbegin(); value != values.rend(); ++value) {
        const auto lower = std::next(value);
        if (lower != values.rend() && is_wide_step(*lower, *value)) return *value;
    }
    return std::nullopt;
}

/// Of the online cores of a package. None where the first core does not tell, or tells nonsense.
Strengths strengths_of(const Root& root, const CpuSet& cores, const std::string& file) {
    Strengths strengths;
    for (const unsigned cpu : cores) {
        const auto text = root.attribute(cpu_directory(cpu) + file);
        const auto strength = number_in<unsigned>(text.value_or(""));
        if (!strength || *strength == 0 || *strength > 1U << 20U) return {};
        strengths[cpu] = *strength;
    }
    return strengths;
}

void set_type(Cpus& cpus, const CpuSet& which, Cpu::Type type) {
    for (const unsigned cpu : which)
        if (const auto found = cpus.all.find(cpu); found != cpus.all.end())
            found->second.type = type;
}

/// On hybrid Intel processors perf has an event source for each kind of core.
bool read_event_sources(const Root& root, Cpus& cpus) {
    const CpuSet performance = cpus_at(root, "sys/devices/cpu_core/cpus");
    const CpuSet efficiency = cpus_at(root, "sys/devices/cpu_atom/cpus");
    if (performance.empty() || efficiency.empty()) return false;
    set_type(cpus, performance, Cpu::Type::performance);
    set_type(cpus, efficiency, Cpu::Type::efficiency);
    return true;
}

/// Whether the package has two kinds of cores by this file.
bool read_strengths(const Root& root, Cpus& cpus, const CpuSet& cores, const std::string& file) {
    const Strengths strengths = strengths_of(root, cores, file);
    const auto weakest = weakest_performance_core(strengths);
    if (!weakest) return false;
    for (const auto& [cpu, strength] : strengths)
        set_type(cpus, cpus.all.at(cpu).siblings,
                 strength < *weakest ? Cpu::Type::efficiency : Cpu::Type::performance);
    return true;
}

}  // namespace

void read_core_types(const Root& root, Cpus& cpus) {
    if (read_event_sources(root, cpus)) return;
    std::map<std::optional<int>, CpuSet> packages;
    for (const auto& [number, cpu] : cpus.all)
        if (cpu.online && number == *cpu.siblings.begin()) packages[cpu.package].insert(number);
    for (const auto& [package, cores] : packages) {
        // What the kernel schedules by is in memory. The firmware's number may be fetched by an
        // interrupt on that very CPU (cpc_read_ffh of x86), which an isolated one should not see;
        // hybrid processors are made for one socket.
        if (read_strengths(root, cpus, cores, "cpu_capacity") || packages.size() > 1) continue;
        read_strengths(root, cpus, cores, "acpi_cppc/highest_perf");
    }
}

}  // namespace ctrlpass
