// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/cpu_list.hpp"

#include "iommu/cpus.hpp"
#include "iommu/number.hpp"

namespace ctrlpass {

namespace {

std::optional<unsigned> parse_cpu(std::string_view text) {
    const auto cpu = number_in<unsigned>(text);
    return cpu && *cpu <= highest_cpu ? cpu : std::nullopt;
}

}  // namespace

std::optional<std::set<unsigned>> parse_cpu_list(std::string_view text) {
    std::set<unsigned> cpus;
    for (bool more = true; more;) {
        const auto comma = text.find(',');
        const auto part = text.substr(0, comma);
        const auto dash = part.find('-');
        const auto first = parse_cpu(part.substr(0, dash));
        const auto last = dash == part.npos ? first : parse_cpu(part.substr(dash + 1));
        if (!first || !last || *last < *first) return std::nullopt;
        for (unsigned cpu = *first; cpu <= *last; ++cpu)
            if (!cpus.insert(cpu).second) return std::nullopt;
        more = comma != text.npos;
        if (more) text.remove_prefix(comma + 1);
    }
    return cpus;
}

std::string to_cpu_list(const CpuSet& cpus) {
    std::string list;
    for (auto first = cpus.begin(); first != cpus.end();) {
        auto last = first;
        for (auto next = std::next(last); next != cpus.end() && *next == *last + 1; ++next)
            last = next;
        list += (list.empty() ? "" : ",") + std::to_string(*first);
        if (last != first) list += "-" + std::to_string(*last);
        first = std::next(last);
    }
    return list;
}

}  // namespace ctrlpass
