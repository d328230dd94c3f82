// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/pins/live.hpp"

namespace ctrlpass {

namespace {

const Placement::Place* place_of(const Placement& placement, const QemuThread& thread) {
    const auto in = [&](const auto& places) -> const Placement::Place* {
        const auto found = places.find(thread.number);
        return found == places.end() ? nullptr : &found->second;
    };
    switch (thread.role) {
        case QemuThread::Role::vcpu:
            return in(placement.vcpus);
        case QemuThread::Role::iothread:
            return in(placement.iothreads);
        case QemuThread::Role::emulator:
            return placement.emulator ? &*placement.emulator : nullptr;
    }
    return nullptr;
}

}  // namespace

void LiveReport::add(const LiveReport& other) {
    placed.insert(placed.end(), other.placed.begin(), other.placed.end());
    kept.insert(kept.end(), other.kept.begin(), other.kept.end());
    left.insert(left.end(), other.left.begin(), other.left.end());
    failures.insert(failures.end(), other.failures.begin(), other.failures.end());
}

std::vector<LivePlace> live_places(const Placement& placement, const std::string& domain,
                                   const std::vector<Interrupt>& interrupts,
                                   const std::vector<QemuThread>& threads) {
    std::vector<LivePlace> places;
    for (const QemuThread& thread : threads)
        if (const auto* const place = place_of(placement, thread))
            places.push_back({"thread " + domain + " \"" + thread.name + "\"", thread, thread.cpus,
                              place->cpus, place->why});
    if (!placement.interrupts || placement.interrupts->cpus.empty()) return places;
    const std::vector<unsigned> cpus(placement.interrupts->cpus.begin(),
                                     placement.interrupts->cpus.end());
    std::size_t function = 0;
    for (std::size_t i = 0; i < interrupts.size(); ++i) {
        const Interrupt& one = interrupts[i];
        if (i > 0 && one.function != interrupts[i - 1].function) ++function;
        places.push_back({"irq " + one.action, one, one.cpus.value_or(CpuSet{}),
                          CpuSet{cpus[(function + one.index) % cpus.size()]},
                          placement.interrupts->why});
    }
    return places;
}

}  // namespace ctrlpass
