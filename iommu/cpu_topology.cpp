// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/cpu_topology.hpp"

#include <limits>

#include "iommu/cpu_files.hpp"
#include "iommu/number.hpp"

namespace ctrlpass {

namespace {

class Topology {
  public:
    Topology(const Root& root, Cpus& cpus) : root_(root), cpus_(cpus), online_(cpus.online()) {}

    void read() {
        if (online_.empty()) return;
        read_cores();
        read_clusters();
        read_number("die_id", "die_cpus_list", &Cpu::die);
        read_number("physical_package_id", "package_cpus_list", &Cpu::package);
        read_caches();
    }

  private:
    /// Nothing where the kernel says -1, or 65535 (x86, BAD_APICID in 16 bits).
    std::optional<int> number(unsigned cpu, const char* name) const {
        const auto text = root_.attribute(cpu_directory(cpu) + "topology/" + name);
        const auto value = number_in<int>(text.value_or(""));
        const bool none = !value || *value < 0 || *value == std::numeric_limits<uint16_t>::max();
        return none ? std::nullopt : value;
    }

    /// The online CPUs of a list; nothing when the reader is not in it.
    CpuSet sharers(unsigned reader, const std::string& path) const {
        CpuSet found = cpus_at(root_, cpu_directory(reader) + path);
        if (!found.contains(reader)) return {};
        std::erase_if(found, [&](unsigned cpu) { return !online_.contains(cpu); });
        return found;
    }

    /// Sets `member` for all that share, by `read` of the first of them.
    template <typename Read>
    void share(CpuSet Cpu::*member, Read read) {
        CpuSet left = online_;
        while (!left.empty()) {
            const unsigned first = *left.begin();
            CpuSet group = read(first);
            // Who has been in a set already stays there: sets do not overlap.
            std::erase_if(group, [&](unsigned cpu) { return !left.contains(cpu); });
            group.insert(first);
            for (const unsigned cpu : group) {
                cpus_.all.at(cpu).*member = group;
                left.erase(cpu);
            }
        }
    }

    bool has(const char* name) const {
        return root_.exists(cpu_directory(*online_.begin()) + "topology/" + name);
    }

    void read_cores() {
        // The name of Linux 5.3 and later, then the older one.
        const std::string list = has("core_cpus_list") ? "core_cpus_list" : "thread_siblings_list";
        share(&Cpu::siblings, [&](unsigned cpu) { return sharers(cpu, "topology/" + list); });
        for (auto& [cpu, facts] : cpus_.all)
            if (facts.online && cpu == *facts.siblings.begin())
                for (const auto core = number(cpu, "core_id"); const unsigned each : facts.siblings)
                    cpus_.all.at(each).core = core;
    }

    void read_clusters() {
        // The whole machine has them or has not.
        if (!number(*online_.begin(), "cluster_id")) return;
        share(&Cpu::cluster,
              [&](unsigned cpu) { return sharers(cpu, "topology/cluster_cpus_list"); });
    }

    /// Of the CPUs of a list; where there is no such list, of each core.
    void read_number(const char* name, const std::string& list, std::optional<int> Cpu::*member) {
        if (!number(*online_.begin(), name)) return;
        const bool listed = has(list.c_str());
        CpuSet left = online_;
        while (!left.empty()) {
            const unsigned first = *left.begin();
            const auto value = number(first, name);
            CpuSet group = listed ? sharers(first, "topology/" + list) : CpuSet{};
            if (group.empty()) group = cpus_.all.at(first).siblings;
            group.insert(first);
            for (const unsigned cpu : group)
                if (left.erase(cpu) > 0) cpus_.all.at(cpu).*member = value;
        }
    }

    void read_caches() {
        share(&Cpu::cache, [&](unsigned cpu) {
            const auto index = last_cache(cpu);
            return index ? sharers(cpu, "cache/" + *index + "/shared_cpu_list") : CpuSet{};
        });
    }

    /// "index3": of the L3, or where there is none of the highest level. A level behind the L3
    /// (eDRAM, memory-side caches) is shared by more than work closely together.
    std::optional<std::string> last_cache(unsigned cpu) const {
        std::optional<std::string> best;
        unsigned highest = 0;
        for (unsigned i = 0;; ++i) {
            std::string index = "index" + std::to_string(i);
            const auto text = root_.attribute(cpu_directory(cpu) + "cache/" + index + "/level");
            // Where the firmware's tables have gaps, so has the numbering.
            if (!text && i >= 4) return best;
            if (!text) continue;
            const unsigned level = number_in<unsigned>(*text).value_or(0);
            if (level == 3) return index;
            if (level <= highest) continue;
            highest = level;
            best = std::move(index);
        }
    }

    const Root& root_;
    Cpus& cpus_;
    const CpuSet online_;
};

}  // namespace

void read_topology(const Root& root, Cpus& cpus) { Topology(root, cpus).read(); }

}  // namespace ctrlpass
