// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/pins/seats.hpp"

#include <algorithm>

namespace ctrlpass {

namespace {

template <typename Pins>
CpuSet all_of(const Pins& pins) {
    CpuSet result;
    for (const auto& [name, cpus] : pins) result.insert(cpus.begin(), cpus.end());
    return result;
}

std::string counted(const std::string& noun, const std::set<unsigned>& numbers) {
    return noun + (numbers.size() == 1 ? " " : "s ") + to_cpu_list(numbers);
}

}  // namespace

Seats seats_of(const PinCase& question, const Placement& placement) {
    Seats seats{question.guest.vcpu_pins, question.guest.emulator_pin,
                question.guest.iothread_pins};
    if (question.wish.vcpus) seats.vcpus.clear();
    for (const auto& [vcpu, place] : placement.vcpus) seats.vcpus[vcpu] = place.cpus;
    if (placement.emulator) seats.emulator = placement.emulator->cpus;
    for (const auto& [id, place] : placement.iothreads) seats.iothreads[id] = place.cpus;
    return seats;
}

std::optional<unsigned> only_cpu(const CpuSet& cpus) {
    return cpus.size() == 1 ? std::optional(*cpus.begin()) : std::nullopt;
}

CpuSet union_of(const std::map<unsigned, CpuSet>& pins) { return all_of(pins); }
CpuSet union_of(const std::map<std::string, CpuSet>& pins) { return all_of(pins); }

CpuSet common(const CpuSet& left, const CpuSet& right) {
    CpuSet result;
    std::ranges::set_intersection(left, right, std::inserter(result, result.end()));
    return result;
}

std::string cpu_words(const CpuSet& cpus) { return counted("CPU", cpus); }
std::string vcpu_words(const std::set<unsigned>& vcpus) { return counted("vCPU", vcpus); }

}  // namespace ctrlpass
