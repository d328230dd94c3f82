// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/cpu_list.hpp"

#include "iommu/number.hpp"

namespace ctrlpass {

namespace {

constexpr unsigned highest_cpu = 8191;

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

}  // namespace ctrlpass
