// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/cpus.hpp"

#include <algorithm>
#include <ranges>

#include "iommu/core_types.hpp"
#include "iommu/cpu_files.hpp"
#include "iommu/cpu_topology.hpp"
#include "iommu/lines.hpp"
#include "iommu/number.hpp"

namespace ctrlpass {

namespace {

constexpr std::string_view cpu_home = "sys/devices/system/cpu";
constexpr std::string_view node_home = "sys/devices/system/node";

/// The numbers of the directories "cpu3", "node0".
template <typename T>
std::vector<T> numbered(const Root& root, std::string_view home, std::string_view prefix) {
    std::vector<T> numbers;
    for (const std::string& name : root.names(std::string(home)))
        if (name.starts_with(prefix))
            if (const auto number = number_in<T>(std::string_view(name).substr(prefix.size())))
                numbers.push_back(*number);
    std::ranges::sort(numbers);
    return numbers;
}

CpuSet both(const CpuSet& left, const CpuSet& right) {
    CpuSet result;
    std::ranges::set_intersection(left, right, std::inserter(result, result.end()));
    return result;
}

Result<CpuSet> read_present(const Root& root) {
    const std::string path = std::string(cpu_home) + "/present";
    if (auto present = cpus_at(root, path); !present.empty()) return present;
    CpuSet found;
    for (const unsigned cpu : numbered<unsigned>(root, cpu_home, "cpu")) found.insert(cpu);
    if (!found.empty()) return found;
    TRY(root.read(path));
    return fail("cannot read /" + path, "it is no list of CPUs");
}

/// A CPU that cannot be taken offline may have no file that says so.
CpuSet read_online(const Root& root, const CpuSet& present) {
    const auto listed = cpus_at(root, std::string(cpu_home) + "/online");
    if (!listed.empty()) return both(listed, present);
    CpuSet online;
    for (const unsigned cpu : present)
        if (root.attribute(cpu_directory(cpu) + "online") != "0") online.insert(cpu);
    return online;
}

/// distance: one number for each online node, in their order (drivers/base/node.c
/// node_read_distance).
std::map<int, unsigned> read_distances(const Root& root, int node, const std::vector<int>& nodes) {
    std::map<int, unsigned> distances;
    const auto text =
        root.attribute(std::string(node_home) + "/node" + std::to_string(node) + "/distance");
    const auto words = words_of(text.value_or(""));
    if (words.size() != nodes.size()) return {};
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        const auto distance = number_in<unsigned>(words[i]);
        if (!distance) return {};
        distances[nodes[i]] = *distance;
    }
    return distances;
}

void read_nodes(const Root& root, Cpus& cpus) {
    const auto numbers = numbered<int>(root, node_home, "node");
    for (const int number : numbers) {
        // Three strings joined by + are a false warning of g++ 12 here.
        std::string home(node_home);
        home.append("/node").append(std::to_string(number));
        NumaNode node;
        for (const unsigned cpu : cpus_at(root, home + "/cpulist")) {
            const auto found = cpus.all.find(cpu);
            if (found == cpus.all.end()) continue;
            node.cpus.insert(cpu);
            found->second.node = number;
        }
        node.distances = read_distances(root, number, numbers);
        cpus.nodes[number] = std::move(node);
    }
}

}  // namespace

bool Cpus::is_online(unsigned cpu) const {
    const auto found = all.find(cpu);
    return found != all.end() && found->second.online;
}

CpuSet Cpus::online() const {
    CpuSet result;
    for (const auto& [number, cpu] : all)
        if (cpu.online) result.insert(result.end(), number);
    return result;
}

CpuSet Cpus::housekeeping() const {
    CpuSet result = online();
    std::erase_if(result, [&](unsigned cpu) { return isolated.contains(cpu); });
    return result;
}

Result<Cpus> read_cpus(const Root& root) {
    Cpus cpus;
    const CpuSet present = TRY(read_present(root));
    const CpuSet online = read_online(root, present);
    for (const unsigned number : present) {
        const CpuSet alone{number};
        cpus.all[number] = {
            .online = online.contains(number), .siblings = alone, .cluster = alone, .cache = alone};
    }
    const std::string home(cpu_home);
    CpuSet isolated = cpus_at(root, home + "/isolated");
    isolated.merge(cpus_at(root, "sys/fs/cgroup/cpuset.cpus.isolated"));
    cpus.isolated = both(isolated, online);
    cpus.nohz_full = both(cpus_at(root, home + "/nohz_full"), present);
    read_nodes(root, cpus);
    read_topology(root, cpus);
    read_core_types(root, cpus);
    return cpus;
}

}  // namespace ctrlpass
