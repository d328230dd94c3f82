// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/pins/place_words.hpp"

#include <algorithm>

#include "src/pins/cpu_scopes.hpp"

namespace ctrlpass {

namespace {

std::string listed(const std::set<int>& numbers) {
    std::string text;
    for (const int number : numbers) text += (text.empty() ? "" : ", ") + std::to_string(number);
    return text;
}

bool is_wanted(const PinCase& question, int node) {
    return std::ranges::find(question.nodes, node) != question.nodes.end();
}

std::string node_words(const PinCase& question, const CpuSet& cpus) {
    const auto with_cpus = std::ranges::count_if(
        question.host.nodes, [](const auto& node) { return !node.second.cpus.empty(); });
    std::set<int> nodes;
    for (const unsigned cpu : cpus)
        if (const auto node = question.host.all.at(cpu).node) nodes.insert(*node);
    if (with_cpus < 2 || nodes.empty()) return "";
    const std::string name = (nodes.size() == 1 ? "NUMA node " : "NUMA nodes ") + listed(nodes);
    if (std::ranges::all_of(nodes, [&](int node) { return is_wanted(question, node); }))
        return ", in the controllers' " + name;
    const auto distance = nodes.size() == 1
                              ? distance_of(question.host, *nodes.begin(), question.nodes)
                              : std::nullopt;
    return (nodes.size() == 1 ? ", in " : ", over ") + name +
           (distance ? " at distance " + std::to_string(*distance) + " from the controllers" : "");
}

/// Where all are on one of several caches of their node.
std::string cache_words(const Cpus& host, const CpuSet& cpus) {
    const Cpu& first = host.all.at(*cpus.begin());
    const bool together = std::ranges::includes(first.cache, cpus);
    const bool only = std::ranges::all_of(host.all, [&](const auto& each) {
        const auto& [number, cpu] = each;
        return !cpu.online || cpu.node != first.node || first.cache.contains(number);
    });
    return cpus.size() > 1 && together && !only ? ", on one last-level cache" : "";
}

std::string kind_word(Cpu::Type type) {
    switch (type) {
        case Cpu::Type::performance:
            return "isolated performance core";
        case Cpu::Type::efficiency:
            return "isolated efficiency core";
        case Cpu::Type::unknown:
            break;
    }
    return "isolated";
}

}  // namespace

bool is_near(const PinCase& question, unsigned cpu) {
    const auto& node = question.host.all.at(cpu).node;
    return question.nodes.empty() || !node || is_wanted(question, *node);
}

std::string where_words(const PinCase& question, const CpuSet& cpus) {
    return node_words(question, cpus) + cache_words(question.host, cpus);
}

std::string why_of_vcpu(const PinCase& question, const std::map<unsigned, unsigned>& seats,
                        unsigned vcpu) {
    const unsigned threads = std::max(question.guest.threads, 1U);
    const Cpu& cpu = question.host.all.at(seats.at(vcpu));
    CpuSet cpus;
    bool with_sibling = false;
    std::set<unsigned> strangers;
    for (const auto& [other, seat] : seats) {
        cpus.insert(seat);
        if (other == vcpu || !cpu.siblings.contains(seat)) continue;
        if (other / threads == vcpu / threads)
            with_sibling = true;
        else
            strangers.insert(other);
    }
    std::string text = kind_word(cpu.type) + node_words(question, {seats.at(vcpu)}) +
                       cache_words(question.host, cpus);
    if (!strangers.empty()) return text + ", on the core of vCPU " + to_cpu_list(strangers);
    if (with_sibling) return text + ", beside its sibling";
    return cpu.siblings.size() > 1 ? text + ", the only vCPU on its core" : text;
}

std::string counted(std::size_t count, const std::string& one, const std::string& many) {
    return std::to_string(count) + " " + (count == 1 ? one : many);
}

std::string add_to_command_line(const std::string& words) {
    return "Isolate CPUs at the next boot, on the kernel command line:\n    " + words;
}

}  // namespace ctrlpass
