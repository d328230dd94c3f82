// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>

#include "src/pins/isolation_line.hpp"
#include "src/pins/judge_pins.hpp"
#include "src/pins/place_words.hpp"
#include "src/pins/seats.hpp"
#include "src/render/text.hpp"

namespace ctrlpass {

namespace {

/// vCPUs that share their cores with somebody, and the CPUs of that somebody.
struct Split {
    std::set<unsigned> vcpus;
    CpuSet siblings;
    bool found() const { return !vcpus.empty(); }
    void add(unsigned vcpu, unsigned sibling) {
        vcpus.insert(vcpu);
        siblings.insert(sibling);
    }
};

class SiblingJudge {
  public:
    SiblingJudge(const PinCase& question, const Placement& placement)
        : case_(question),
          threads_(std::max(question.guest.threads, 1U)),
          seats_(seats_of(question, placement)) {
        for (const auto& [vcpu, place] : placement.vcpus)
            if (const auto cpu = only_cpu(place.cpus)) alone_[vcpu] = *cpu;
    }

    std::vector<Finding> findings() {
        for (const auto& [vcpu, cpu] : alone_)
            for (const unsigned sibling : case_.host.all.at(cpu).siblings)
                if (sibling != cpu) look_at(vcpu, cpu, sibling);
        tell_of_host();
        tell_of_others();
        tell_of_helpers();
        tell_of_guest();
        return std::move(findings_);
    }

  private:
    void find(const std::string& message, const std::string& hint = {}) {
        findings_.push_back(
            make_finding(case_.profile, "sibling-split", printable(case_.domain), message, hint));
    }

    void look_at(unsigned vcpu, unsigned cpu, unsigned sibling) {
        for (const auto& [other, seat] : alone_)
            if (seat == sibling && other / threads_ != vcpu / threads_) guest_.add(vcpu, sibling);
        // A CPU that both have is the finding cpu-shared.
        const bool ours = union_of(seats_.vcpus).contains(sibling);
        for (const auto& [domain, cpus] : case_.others)
            if (cpus.contains(sibling) && !ours) others_[domain].add(vcpu, sibling);
        // Of a CPU that is not isolated itself, there is more to say than that its sibling is not.
        if (!case_.host.isolated.contains(cpu)) return;
        if (!case_.host.isolated.contains(sibling)) return host_.add(vcpu, sibling);
        if (seats_.emulator && seats_.emulator->contains(sibling))
            helpers_["the emulator"].add(vcpu, sibling);
        for (const auto& [id, cpus] : seats_.iothreads)
            if (cpus.contains(sibling))
                helpers_["I/O thread " + std::to_string(id)].add(vcpu, sibling);
    }

    void tell_of_host() {
        if (!host_.found()) return;
        const auto line = isolation_line(case_.host, host_.siblings);
        find(vcpu_words(host_.vcpus) +
                 (host_.vcpus.size() == 1 ? " shares its core" : " share cores") +
                 " with housekeeping " + cpu_words(host_.siblings) + ", where the host's tasks run",
             line ? add_to_command_line(*line)
                  : "Choose CPUs that leave the host a core for itself.");
    }

    void tell_of_others() {
        for (const auto& [domain, split] : others_)
            find(vcpu_words(split.vcpus) +
                 (split.vcpus.size() == 1 ? " shares its core" : " share cores") + " with " +
                 cpu_words(split.siblings) + ", where vCPUs of " + printable(domain) + " run");
    }

    void tell_of_helpers() {
        for (const auto& [who, split] : helpers_)
            find(vcpu_words(split.vcpus) +
                     (split.vcpus.size() == 1 ? " shares its core" : " share cores") + " with " +
                     cpu_words(split.siblings) + ", where " + who + " may run",
                 "Let it run on housekeeping CPUs.");
    }

    /// The guest's scheduler goes by the cores that it sees.
    void tell_of_guest() {
        const std::set<unsigned> apart = torn_apart();
        if (!apart.empty()) {
            const bool host_has_siblings = std::ranges::any_of(
                case_.host.all, [](const auto& cpu) { return cpu.second.siblings.size() > 1; });
            return find(vcpu_words(apart) + " are siblings in the guest, " +
                            std::to_string(threads_) + " to a core, and run on different cores",
                        host_has_siblings
                            ? "Give each core of the guest CPUs of one core: isolate whole cores, "
                              "and list siblings one after the other."
                            : "The cores of this host have one CPU each: in the guest's definition "
                              "let threads be 1.");
        }
        if (!guest_.found()) return;
        find(vcpu_words(guest_.vcpus) + " share cores, and in the guest each is a core of its own",
             "In the guest's definition let its cores have siblings, such as\n    <topology "
             "sockets='1' cores='" +
                 std::to_string(std::max(case_.guest.vcpus / 2, 1U)) +
                 "' threads='2'/>\nor isolate more cores.");
    }

    /// vCPUs that are siblings in the guest and have CPUs of different cores.
    std::set<unsigned> torn_apart() const {
        std::set<unsigned> apart;
        for (const auto& [vcpu, cpu] : alone_)
            for (const auto& [other, seat] : alone_)
                if (other / threads_ == vcpu / threads_ &&
                    !case_.host.all.at(cpu).siblings.contains(seat))
                    apart.insert(vcpu);
        return apart;
    }

    const PinCase& case_;
    const unsigned threads_;
    const Seats seats_;
    std::map<unsigned, unsigned> alone_;  ///< vCPUs with one CPU, and which
    Split host_;
    Split guest_;
    std::map<std::string, Split> others_;
    std::map<std::string, Split> helpers_;
    std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> judge_siblings(const PinCase& question, const Placement& placement) {
    return SiblingJudge(question, placement).findings();
}

}  // namespace ctrlpass
