// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/guests/cpuset.hpp"

#include "iommu/cpu_list.hpp"
#include "iommu/lines.hpp"
#include "iommu/number.hpp"
#include "src/guests/domain_xml_text.hpp"

namespace ctrlpass {

namespace {

std::optional<unsigned> cpu_in(std::string_view text) {
    const auto cpu = number_in<unsigned>(trimmed(text));
    return cpu && *cpu <= highest_cpu ? cpu : std::nullopt;
}

/// Adds "3" or "0-3", takes away "^3". False where it is none of them.
bool apply_part(std::string_view part, CpuSet& cpus) {
    const auto first_character = part.find_first_not_of(" \t\r\n");
    if (first_character != part.npos && part[first_character] == '^') {
        part.remove_prefix(first_character + 1);
        const auto cpu = cpu_in(part);
        if (!cpu || part.front() < '0' || part.front() > '9') return false;
        cpus.erase(*cpu);
        return true;
    }
    const auto dash = part.find('-');
    const auto first = cpu_in(part.substr(0, dash));
    const auto last = dash == part.npos ? first : cpu_in(part.substr(dash + 1));
    if (!first || !last || *last < *first) return false;
    for (unsigned cpu = *first; cpu <= *last; ++cpu) cpus.insert(cpu);
    return true;
}

}  // namespace

std::optional<CpuSet> parse_cpuset(std::string_view text) {
    CpuSet cpus;
    for (bool more = true; more;) {
        const auto comma = text.find(',');
        if (!apply_part(text.substr(0, comma), cpus)) return std::nullopt;
        more = comma != text.npos;
        if (more) text.remove_prefix(comma + 1);
    }
    if (cpus.empty()) return std::nullopt;
    return cpus;
}

}  // namespace ctrlpass
