// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/pins/choose_cpus.hpp"

#include <algorithm>

#include "src/pins/cpu_scopes.hpp"

namespace ctrlpass {

namespace {

/// How well the guest's cores have to fit on those of the host.
enum class Fit {
    clean,  ///< each on a core of its own that nobody else uses
    whole,  ///< each on a core of its own
    loose,  ///< each vCPU on a CPU of its own
};

/// The CPUs of a core that may be used.
struct FreeCore {
    std::vector<unsigned> cpus;
    bool clean = false;  ///< they are all of its CPUs
};

CpuSet of_type(const Cpus& host, const CpuSet& cpus, Cpu::Type type) {
    CpuSet result;
    for (const unsigned cpu : cpus)
        if (host.all.at(cpu).type == type) result.insert(cpu);
    return result;
}

/// The cores of a part of a scope: clean ones first, then by their lowest number.
std::vector<FreeCore> cores_in(const Cpus& host, const CpuSet& part, const CpuSet& pool) {
    std::vector<FreeCore> cores;
    CpuSet seen;
    for (const unsigned cpu : part) {
        if (!pool.contains(cpu) || seen.contains(cpu)) continue;
        FreeCore core;
        core.clean = true;
        for (const unsigned sibling : host.all.at(cpu).siblings) {
            seen.insert(sibling);
            const bool free = pool.contains(sibling) && part.contains(sibling);
            if (free) core.cpus.push_back(sibling);
            core.clean = core.clean && free;
        }
        cores.push_back(std::move(core));
    }
    std::ranges::stable_partition(cores, &FreeCore::clean);
    return cores;
}

/// Seats the guest's cores, one after the other.
class Seating {
  public:
    Seating(const CpuSearch& search, const CpuSet& pool, const CpuScope& scope)
        : vcpus_(search.vcpus), threads_(std::max(search.threads, 1U)) {
        for (const CpuSet& part : scope)
            std::ranges::move(cores_in(search.host, part, pool), std::back_inserter(cores_));
    }

    std::optional<std::vector<unsigned>> seat(Fit fit) const {
        std::vector<std::optional<unsigned>> seats(vcpus_);
        std::vector<bool> touched(cores_.size());
        for (unsigned first = 0; first < vcpus_; first += threads_) {
            const unsigned size = std::min(threads_, vcpus_ - first);
            const auto core = untouched(touched, size, fit);
            if (!core && fit != Fit::loose) return std::nullopt;
            if (!core) continue;
            touched[*core] = true;
            for (unsigned i = 0; i < size; ++i) seats[first + i] = cores_[*core].cpus[i];
        }
        return filled(seats);
    }

  private:
    std::optional<std::size_t> untouched(const std::vector<bool>& touched, unsigned size,
                                         Fit fit) const {
        for (std::size_t i = 0; i < cores_.size(); ++i)
            if (!touched[i] && cores_[i].cpus.size() >= size &&
                (cores_[i].clean || fit != Fit::clean))
                return i;
        return std::nullopt;
    }

    /// What has no seat yet takes what is left, core by core.
    std::optional<std::vector<unsigned>> filled(
        const std::vector<std::optional<unsigned>>& seats) const {
        std::vector<unsigned> left;
        for (const FreeCore& core : cores_)
            for (const unsigned cpu : core.cpus)
                if (std::ranges::find(seats, cpu) == seats.end()) left.push_back(cpu);
        std::vector<unsigned> result;
        for (auto next = left.begin(); const auto& seat : seats) {
            if (!seat && next == left.end()) return std::nullopt;
            result.push_back(seat ? *seat : *next++);
        }
        return result;
    }

    unsigned vcpus_;
    unsigned threads_;
    std::vector<FreeCore> cores_;
};

/// The sets to choose from, best first.
std::vector<CpuSet> pools_of(const CpuSearch& search) {
    CpuSet free = search.candidates;
    std::erase_if(free, [&](unsigned cpu) { return search.avoid.contains(cpu); });
    std::vector<CpuSet> pools;
    for (const CpuSet& each : {free, search.candidates}) {
        for (const auto type : {Cpu::Type::performance, Cpu::Type::efficiency})
            pools.push_back(of_type(search.host, each, type));
        pools.push_back(each);
    }
    return pools;
}

}  // namespace

std::optional<std::vector<unsigned>> choose_cpus(const CpuSearch& search) {
    const auto ranks = scopes_near(search.host, search.nodes);
    for (const CpuSet& pool : pools_of(search)) {
        if (pool.size() < search.vcpus) continue;
        for (const std::vector<CpuScope>& rank : ranks)
            for (const Fit fit : {Fit::clean, Fit::whole, Fit::loose})
                for (const CpuScope& scope : rank)
                    if (auto seats = Seating(search, pool, scope).seat(fit)) return seats;
    }
    return std::nullopt;
}

}  // namespace ctrlpass
