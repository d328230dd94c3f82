// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <optional>
#include <set>

#include "iommu/root.hpp"

namespace ctrlpass {

using CpuSet = std::set<unsigned>;

/// One CPU of the host. What sysfs does not tell is absent, and its sets hold the CPU alone.
struct Cpu {
    enum class Type { unknown, performance, efficiency };
    bool online = true;
    std::optional<int> node;  ///< NUMA node
    std::optional<int> package;
    std::optional<int> die;
    std::optional<int> core;
    CpuSet siblings;            ///< threads of its core, itself included
    CpuSet cluster;             ///< shares its cluster
    CpuSet cache;               ///< shares its L3, or where there is none its last level of cache
    Type type = Type::unknown;  ///< of a hybrid package
    bool operator==(const Cpu&) const = default;
};

struct NumaNode {
    CpuSet cpus;                        ///< may be empty: memory only
    std::map<int, unsigned> distances;  ///< to each node, itself included (10)
    bool operator==(const NumaNode&) const = default;
};

/// The CPUs of the host and who may run on them.
struct Cpus {
    std::map<unsigned, Cpu> all;  ///< those that are present, by number
    CpuSet isolated;  ///< isolcpus= and the isolated partitions of cgroup v2, those online
    CpuSet nohz_full;
    std::map<int, NumaNode> nodes;
    bool is_online(unsigned cpu) const;
    CpuSet online() const;
    /// Online and not isolated.
    CpuSet housekeeping() const;
    bool operator==(const Cpus&) const = default;
};

/// Reads sys/devices/system/{cpu,node} and sys/fs/cgroup/cpuset.cpus.isolated. What is missing or
/// makes no sense counts as not told; a machine whose list of CPUs cannot be read is an error.
Result<Cpus> read_cpus(const Root& root);

/// The kernel's form, "0-3,8": ascending, ranges joined; "" for the empty set.
std::string to_cpu_list(const CpuSet& cpus);

}  // namespace ctrlpass
