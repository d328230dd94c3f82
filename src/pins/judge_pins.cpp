// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/pins/judge_pins.hpp"

#include <algorithm>

#include "src/pins/cpu_scopes.hpp"
#include "src/pins/isolation_line.hpp"
#include "src/pins/place_words.hpp"
#include "src/pins/seats.hpp"
#include "src/render/text.hpp"

namespace ctrlpass {

namespace {

/// A thread, or threads, of the guest that the placement puts somewhere.
struct Placed {
    std::string who;  ///< "vCPU 0", "the emulator"
    CpuSet cpus;
};

class PinJudge {
  public:
    PinJudge(const PinCase& question, const Placement& placement)
        : case_(question), placement_(placement), seats_(seats_of(question, placement)) {}

    std::vector<Finding> findings() {
        judge_distance();
        std::ranges::move(judge_siblings(case_, placement_), std::back_inserter(findings_));
        judge_sharing();
        judge_fifo();
        judge_sets();
        judge_isolation();
        return std::move(findings_);
    }

  private:
    void find(std::string_view code, const std::string& message, const std::string& hint = {}) {
        findings_.push_back(
            make_finding(case_.profile, code, printable(case_.domain), message, hint));
    }

    /// Threads other than vCPUs.
    std::vector<Placed> helpers() const {
        std::vector<Placed> all;
        if (placement_.emulator) all.push_back({"the emulator", placement_.emulator->cpus});
        for (const auto& [id, place] : placement_.iothreads)
            all.push_back({"I/O thread " + std::to_string(id), place.cpus});
        return all;
    }

    bool is_far(const CpuSet& cpus) const {
        return std::ranges::none_of(cpus, [&](unsigned cpu) { return is_near(case_, cpu); });
    }

    void judge_distance() {
        std::set<unsigned> far;
        CpuSet far_cpus;
        for (const auto& [vcpu, place] : placement_.vcpus) {
            if (!is_far(place.cpus)) continue;
            far.insert(vcpu);
            far_cpus.insert(place.cpus.begin(), place.cpus.end());
        }
        if (!far.empty()) far_finding(vcpu_words(far), far.size() == 1, far_cpus);
        for (const Placed& each : helpers())
            if (is_far(each.cpus)) far_finding(each.who, true, each.cpus);
        const auto& interrupts = placement_.interrupts;
        if (interrupts && is_far(interrupts->cpus) &&
            !std::ranges::includes(far_cpus, interrupts->cpus))
            far_finding("the interrupts", false, interrupts->cpus);
    }

    void far_finding(const std::string& who, bool singular, const CpuSet& cpus) {
        std::string where;
        std::set<int> nodes;
        for (const unsigned cpu : cpus) nodes.insert(*case_.host.all.at(cpu).node);
        for (const int node : nodes) {
            const auto distance = distance_of(case_.host, node, case_.nodes);
            where += (where.empty() ? "" : ", ") + ("NUMA node " + std::to_string(node)) +
                     (distance ? " at distance " + std::to_string(*distance) : "");
        }
        std::string names;
        CpuSet nearer;
        for (const int node : std::set<int>(case_.nodes.begin(), case_.nodes.end())) {
            names += (names.empty() ? "" : ", ") + std::to_string(node);
            const auto found = case_.host.nodes.find(node);
            if (found != case_.host.nodes.end()) nearer.merge(CpuSet(found->second.cpus));
        }
        nearer = common(nearer, case_.host.online());
        for (const unsigned cpu : union_of(seats_.vcpus)) nearer.erase(cpu);
        find("cpu-far",
             who + (singular ? " runs on " : " run on ") + cpu_words(cpus) + " of " + where +
                 "; the controllers are at node " + names,
             nearer.empty()
                 ? "Node " + names + " has no other CPU: this is as near as it gets."
                 : "Nearer are, isolated or not, " + cpu_words(nearer) + " of node " + names + ".");
    }

    void judge_sharing() {
        CpuSet given;
        if (case_.wish.vcpus) given = union_of(seats_.vcpus);
        for (const auto* const wish : {&case_.wish.emulator, &case_.wish.iothreads})
            if (const auto* const cpus = *wish ? std::get_if<CpuSet>(&**wish) : nullptr)
                given.insert(cpus->begin(), cpus->end());
        for (const auto& [domain, cpus] : case_.others) {
            const CpuSet shared = common(given, cpus);
            if (!shared.empty())
                find("cpu-shared", cpu_words(shared) + (shared.size() == 1 ? " is" : " are") +
                                       " also where vCPUs of " + printable(domain) + " run");
        }
        std::map<unsigned, std::set<unsigned>> alone;
        for (const auto& [vcpu, place] : placement_.vcpus)
            if (const auto cpu = only_cpu(place.cpus)) alone[*cpu].insert(vcpu);
        for (const auto& [cpu, vcpus] : alone)
            if (vcpus.size() > 1)
                find("cpu-shared",
                     vcpu_words(vcpus) + " all run on CPU " + std::to_string(cpu) + " alone",
                     "Give each of them a CPU of its own, or accept it.");
    }

    /// A thread of SCHED_FIFO does not give its CPU up: what shares it may never run again.
    void judge_fifo() {
        if (!case_.wish.vcpus && !case_.wish.emulator && !case_.wish.iothreads) return;
        std::vector<Placed> helpers;
        if (seats_.emulator) helpers.push_back({"the emulator", *seats_.emulator});
        for (const auto& [id, cpus] : seats_.iothreads)
            helpers.push_back({"I/O thread " + std::to_string(id), cpus});
        for (const Placed& helper : helpers) {
            std::set<unsigned> vcpus;
            CpuSet shared;
            for (const unsigned vcpu : case_.guest.fifo) {
                const auto seat = seats_.vcpus.find(vcpu);
                if (seat == seats_.vcpus.end()) continue;
                const CpuSet both = common(seat->second, helper.cpus);
                if (both.empty()) continue;
                vcpus.insert(vcpu);
                shared.insert(both.begin(), both.end());
            }
            if (!vcpus.empty())
                find("fifo-shared", helper.who + " may run on " + cpu_words(shared) + ", where " +
                                        vcpu_words(vcpus) + (vcpus.size() == 1 ? " runs" : " run") +
                                        " under a real-time scheduler and may never let it");
        }
    }

    void judge_sets() {
        std::map<CpuSet, std::set<unsigned>> sets;
        for (const auto& [vcpu, place] : placement_.vcpus)
            if (place.cpus.size() > 1) sets[place.cpus].insert(vcpu);
        for (const auto& [cpus, vcpus] : sets) set_finding(vcpu_words(vcpus), cpus);
        std::map<CpuSet, std::string> others;
        for (const Placed& each : helpers()) {
            std::string& who = others[each.cpus];
            who += (who.empty() ? "" : ", ") + each.who;
        }
        for (const auto& [cpus, who] : others)
            if (cpus.size() > 1) set_finding(who, cpus);
    }

    void set_finding(const std::string& who, const CpuSet& cpus) {
        const CpuSet isolated = common(cpus, case_.host.isolated);
        if (!isolated.empty())
            find(
                "isolated-set",
                who + " may run on " + cpu_words(cpus) +
                    (isolated == cpus ? ", which are isolated"
                                      : ", and of these " + cpu_words(isolated) +
                                            (isolated.size() == 1 ? " is" : " are") + " isolated") +
                    ": the kernel does not balance them");
    }

    void judge_isolation() {
        CpuSet busy;
        std::set<unsigned> vcpus;
        for (const auto& [vcpu, place] : placement_.vcpus) {
            const auto cpu = only_cpu(place.cpus);
            if (!cpu || case_.host.isolated.contains(*cpu)) continue;
            busy.insert(*cpu);
            vcpus.insert(vcpu);
        }
        if (busy.empty()) return;
        const auto line = isolation_line(case_.host, busy);
        find("no-isolation",
             (case_.host.isolated.empty() ? "the kernel isolates no CPU: the host's tasks run on "
                                          : "the host's tasks run on ") +
                 cpu_words(busy) + " of " + vcpu_words(vcpus) + " too",
             line ? add_to_command_line(*line)
                  : "Choose CPUs that leave the host a core for itself.");
    }

    const PinCase& case_;
    const Placement& placement_;
    const Seats seats_;
    std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> judge_pins(const PinCase& question, const Placement& placement) {
    return PinJudge(question, placement).findings();
}

}  // namespace ctrlpass
