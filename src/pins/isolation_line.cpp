// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/pins/isolation_line.hpp"

namespace ctrlpass {

namespace {

CpuSet whole_cores(const Cpus& host, const CpuSet& cpus) {
    CpuSet result;
    for (const unsigned cpu : cpus)
        for (const unsigned sibling : host.all.at(cpu).siblings) result.insert(sibling);
    return result;
}

/// All CPUs but those that the host keeps in any case: Linux boots on the first core.
CpuSet without_first_core(const Cpus& host) {
    CpuSet cpus = host.online();
    if (cpus.empty()) return cpus;
    for (const unsigned kept : whole_cores(host, {*cpus.begin()})) cpus.erase(kept);
    return cpus;
}

/// Each of the wanted nodes has a housekeeping CPU, for the emulator.
CpuSet without_core_of_nodes(const Cpus& host, CpuSet cpus, const std::vector<int>& nodes) {
    for (const int number : nodes) {
        const auto node = host.nodes.find(number);
        if (node == host.nodes.end()) continue;
        const unsigned first = *host.online().begin();
        for (const unsigned cpu : node->second.cpus) {
            if (cpu == first) break;
            if (!host.is_online(cpu) || host.isolated.contains(cpu)) continue;
            for (const unsigned kept : whole_cores(host, {cpu})) cpus.erase(kept);
            break;
        }
    }
    return cpus;
}

}  // namespace

std::optional<std::string> isolation_line(const Cpus& host, const CpuSet& cpus) {
    CpuSet isolated = whole_cores(host, cpus);
    isolated.insert(host.isolated.begin(), host.isolated.end());
    CpuSet kept = host.online();
    for (const unsigned cpu : isolated) kept.erase(cpu);
    if (kept.empty()) return std::nullopt;
    const std::string list = to_cpu_list(isolated);
    return "isolcpus=managed_irq,domain," + list + " nohz_full=" + list +
           " irqaffinity=" + to_cpu_list(kept);
}

std::optional<std::string> isolation_line(const CpuSearch& search) {
    const Cpus& host = search.host;
    CpuSearch wider = search;
    wider.candidates = without_core_of_nodes(host, without_first_core(host), search.nodes);
    auto chosen = choose_cpus(wider);
    if (!chosen) {
        wider.candidates = without_first_core(host);
        chosen = choose_cpus(wider);
    }
    if (!chosen) return std::nullopt;
    return isolation_line(host, CpuSet(chosen->begin(), chosen->end()));
}

}  // namespace ctrlpass
