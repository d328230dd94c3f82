// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/pins/place.hpp"

#include <algorithm>

#include "src/pins/choose_cpus.hpp"
#include "src/pins/isolation_line.hpp"
#include "src/pins/judge_pins.hpp"
#include "src/pins/place_words.hpp"
#include "src/pins/seats.hpp"
#include "src/render/text.hpp"

namespace ctrlpass {

namespace {

constexpr auto as_written = "as the profile says";

class Placer {
  public:
    explicit Placer(const PinCase& question) : case_(question) {}

    Placement placed() {
        if (case_.wish.vcpus) place_vcpus();
        if (const auto& wish = case_.wish.emulator)
            result_.emulator = place_one(*wish, "the emulator");
        if (const auto& wish = case_.wish.iothreads) place_iothreads(*wish);
        if (const auto& wish = case_.wish.interrupts) place_interrupts(*wish);
        auto judged = judge_pins(case_, result_);
        std::ranges::move(judged, std::back_inserter(result_.findings));
        return std::move(result_);
    }

  private:
    using Place = Placement::Place;

    void find(std::string_view code, const std::string& message, const std::string& hint = {}) {
        result_.findings.push_back(
            make_finding(case_.profile, code, printable(case_.domain), message, hint));
    }

    void place_vcpus() {
        if (const auto* const entries = std::get_if<std::vector<CpuSet>>(&*case_.wish.vcpus))
            return place_entries(*entries);
        if (std::get<CpuKind>(*case_.wish.vcpus) == CpuKind::isolated) return choose_vcpus();
        const auto place = housekeeping();
        for (unsigned vcpu = 0; place && vcpu < case_.guest.vcpus; ++vcpu)
            result_.vcpus[vcpu] = *place;
    }

    void place_entries(const std::vector<CpuSet>& entries) {
        if (entries.size() != case_.guest.vcpus)
            return find("pin-mismatch", "vcpus has " + counted(entries.size(), "entry", "entries") +
                                            ", " + printable(case_.domain) + " has " +
                                            counted(case_.guest.vcpus, "vCPU", "vCPUs"));
        bool usable = true;
        for (unsigned vcpu = 0; vcpu < entries.size(); ++vcpu)
            usable = check_online(entries[vcpu], "vCPU " + std::to_string(vcpu)) && usable;
        for (unsigned vcpu = 0; usable && vcpu < entries.size(); ++vcpu)
            result_.vcpus[vcpu] = {entries[vcpu], as_written};
    }

    CpuSearch search(unsigned vcpus, unsigned threads) const {
        return {case_.host, case_.host.isolated, union_of(case_.others), case_.nodes, vcpus,
                threads};
    }

    void choose_vcpus() {
        CpuSearch search = this->search(case_.guest.vcpus, case_.guest.threads);
        // What the profile gives to other threads of the guest is not for its vCPUs.
        for (const auto* const wish : {&case_.wish.emulator, &case_.wish.iothreads})
            if (const auto* const cpus = *wish ? std::get_if<CpuSet>(&**wish) : nullptr)
                search.avoid.insert(cpus->begin(), cpus->end());
        const auto chosen = choose_cpus(search);
        if (!chosen) return too_few(search);
        std::map<unsigned, unsigned> seats;
        for (unsigned vcpu = 0; vcpu < chosen->size(); ++vcpu) seats[vcpu] = (*chosen)[vcpu];
        for (const auto& [vcpu, cpu] : seats)
            result_.vcpus[vcpu] = {{cpu}, why_of_vcpu(case_, seats, vcpu)};
    }

    void too_few(const CpuSearch& search) {
        const CpuSet& isolated = case_.host.isolated;
        const std::string want = counted(search.vcpus, "vCPU wants", "vCPUs want") +
                                 " an isolated CPU each, and this host has " +
                                 (isolated.empty() ? "none"
                                                   : std::to_string(isolated.size()) + " (" +
                                                         to_cpu_list(isolated) + ")");
        const auto line = isolation_line(search);
        find("too-few-isolated", want,
             line ? add_to_command_line(*line)
                  : "Give the guest fewer vCPUs: the host needs a core for itself.");
    }

    void place_iothreads(const CpuWish& wish) {
        if (case_.guest.iothreads.empty()) return;
        const auto place = place_one(wish, "the I/O threads");
        for (const unsigned id : case_.guest.iothreads)
            if (place) result_.iothreads[id] = *place;
    }

    void place_interrupts(const CpuWish& wish) {
        const bool isolated = wish == CpuWish(CpuKind::isolated);
        const bool with_vcpus = isolated && case_.wish.vcpus &&
                                std::get_if<CpuKind>(&*case_.wish.vcpus) != nullptr &&
                                std::get<CpuKind>(*case_.wish.vcpus) == CpuKind::isolated;
        if (!with_vcpus) {
            result_.interrupts = place_one(wish, "the interrupts");
        } else if (!result_.vcpus.empty()) {
            CpuSet cpus;
            for (const auto& [vcpu, place] : result_.vcpus)
                cpus.insert(place.cpus.begin(), place.cpus.end());
            result_.interrupts = {cpus, "the isolated CPUs of the vCPUs"};
        }
    }

    std::optional<Place> place_one(const CpuWish& wish, const std::string& who) {
        if (const auto* const cpus = std::get_if<CpuSet>(&wish))
            return check_online(*cpus, who) ? std::optional(Place{*cpus, as_written})
                                            : std::nullopt;
        return std::get<CpuKind>(wish) == CpuKind::isolated ? own_cpu(who) : housekeeping();
    }

    /// One isolated CPU that nobody else has been given.
    std::optional<Place> own_cpu(const std::string& who) {
        CpuSearch search = this->search(1, 1);
        const Seats seats = seats_of(case_, result_);
        CpuSet used = union_of(seats.vcpus);
        used.merge(union_of(seats.iothreads));
        used.merge(CpuSet(seats.emulator.value_or(CpuSet{})));
        used.merge(CpuSet(search.avoid));
        std::erase_if(search.candidates, [&](unsigned cpu) { return used.contains(cpu); });
        if (const auto chosen = choose_cpus(search))
            return Place{{chosen->front()},
                         "isolated, of its own" + where_words(case_, {chosen->front()})};
        // The line isolates one CPU more.
        search.avoid = used;
        const auto line = isolation_line(search);
        find("too-few-isolated",
             "no isolated CPU is left for " + who + ": the guests' threads have them all",
             (line ? add_to_command_line(*line) + "\nOr write" : std::string("Write")) +
                 " the CPU list that they may share with the vCPUs into the profile.");
        return std::nullopt;
    }

    /// Of the controllers' nodes where there are some.
    std::optional<Place> housekeeping() const {
        const CpuSet all = case_.host.housekeeping();
        CpuSet near;
        for (const unsigned cpu : all)
            if (is_near(case_, cpu)) near.insert(cpu);
        if (all.empty()) return std::nullopt;
        if (near.empty()) return Place{all, "housekeeping, none in the controllers' NUMA node"};
        return Place{near, "housekeeping" + (near == all ? "" : where_words(case_, near))};
    }

    bool check_online(const CpuSet& cpus, const std::string& who) {
        CpuSet offline;
        CpuSet unknown;
        for (const unsigned cpu : cpus) {
            if (!case_.host.all.contains(cpu))
                unknown.insert(cpu);
            else if (!case_.host.is_online(cpu))
                offline.insert(cpu);
        }
        CpuSet present;
        for (const auto& [cpu, facts] : case_.host.all) present.insert(cpu);
        if (!unknown.empty())
            find("cpu-offline",
                 cpu_words(unknown) + " of " + who + (unknown.size() == 1 ? " is" : " are") +
                     " not there: this host has " + cpu_words(present),
                 "Write CPUs of this host into the profile.");
        if (!offline.empty())
            find("cpu-offline",
                 cpu_words(offline) + " of " + who + (offline.size() == 1 ? " is" : " are") +
                     " offline",
                 "Take " + std::string(offline.size() == 1 ? "it" : "them") +
                     " online, or out of the profile:" + online_commands(offline));
        return unknown.empty() && offline.empty();
    }

    static std::string online_commands(const CpuSet& cpus) {
        std::string text;
        for (const unsigned cpu : cpus)
            text += "\n    echo 1 > /sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/online";
        return text;
    }

    const PinCase& case_;
    Placement result_;
};

}  // namespace

Placement place(const PinCase& question) { return Placer(question).placed(); }

}  // namespace ctrlpass
