// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/pins/cpu_scopes.hpp"

#include <algorithm>
#include <limits>

namespace ctrlpass {

namespace {

/// CPUs of one node; a machine that tells of no nodes has one.
struct Neighbourhood {
    bool wanted = false;
    unsigned distance = 0;
    CpuSet cpus;
};

/// The wanted nodes come first, the others by distance, then by number.
std::vector<Neighbourhood> neighbourhoods(const Cpus& host, const std::vector<int>& nodes) {
    std::map<std::optional<int>, CpuSet> by_node;
    for (const unsigned cpu : host.online()) by_node[host.all.at(cpu).node].insert(cpu);
    // No node is better than another when no wanted one is known here.
    const bool any = std::ranges::none_of(
        nodes, [&](int node) { return host.nodes.contains(node) || by_node.contains(node); });
    std::vector<Neighbourhood> result;
    for (auto& [node, cpus] : by_node) {
        const bool wanted = any || (node && std::ranges::find(nodes, *node) != nodes.end());
        const auto distance = node ? distance_of(host, *node, nodes) : std::nullopt;
        result.push_back({wanted,
                          wanted ? 0 : distance.value_or(std::numeric_limits<unsigned>::max()),
                          std::move(cpus)});
    }
    std::ranges::stable_sort(result, [](const Neighbourhood& left, const Neighbourhood& right) {
        return std::pair(!left.wanted, left.distance) < std::pair(!right.wanted, right.distance);
    });
    return result;
}

std::vector<CpuScope> caches_in(const Cpus& host, const CpuSet& cpus) {
    std::vector<CpuScope> scopes;
    CpuSet left = cpus;
    while (!left.empty()) {
        const unsigned first = *left.begin();
        CpuSet shared;
        for (const unsigned cpu : host.all.at(first).cache)
            if (cpus.contains(cpu)) shared.insert(cpu);
        shared.insert(first);
        for (const unsigned cpu : shared) left.erase(cpu);
        scopes.push_back({shared});
    }
    return scopes;
}

}  // namespace

std::optional<unsigned> distance_of(const Cpus& host, int node, const std::vector<int>& nodes) {
    std::optional<unsigned> nearest;
    for (const int wanted : nodes) {
        const auto from = host.nodes.find(wanted);
        if (from == host.nodes.end()) continue;
        const auto distance = from->second.distances.find(node);
        if (distance == from->second.distances.end()) continue;
        nearest = std::min(nearest.value_or(distance->second), distance->second);
    }
    return nearest;
}

std::vector<std::vector<CpuScope>> scopes_near(const Cpus& host, const std::vector<int>& nodes) {
    const auto near = neighbourhoods(host, nodes);
    std::vector<std::vector<CpuScope>> ranks;
    for (auto begin = near.begin(); begin != near.end();) {
        const auto end = std::find_if(begin, near.end(), [&](const Neighbourhood& each) {
            return each.wanted != begin->wanted || each.distance != begin->distance;
        });
        std::vector<CpuScope> caches;
        std::vector<CpuScope> whole;
        for (; begin != end; ++begin) {
            std::ranges::move(caches_in(host, begin->cpus), std::back_inserter(caches));
            whole.push_back({begin->cpus});
        }
        std::ranges::move(whole, std::back_inserter(caches));
        ranks.push_back(std::move(caches));
    }
    CpuScope together;
    for (const Neighbourhood& each : near) {
        together.push_back(each.cpus);
        if (together.size() > 1) ranks.push_back({together});
    }
    // All of the wanted nodes are better than any other one alone.
    const auto wanted =
        static_cast<std::size_t>(std::ranges::count(near, true, &Neighbourhood::wanted));
    if (wanted > 1 && wanted < near.size()) {
        together.resize(wanted);
        ranks.insert(ranks.begin() + 1, {together});
    }
    return ranks;
}

}  // namespace ctrlpass
