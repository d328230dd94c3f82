// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/pins/follow.hpp"

#include <algorithm>
#include <utility>

#include "iommu/processes.hpp"
#include "vfio/placing.hpp"

namespace ctrlpass {

Follower::Follower(const Root& root, Kernel& kernel, RunningGuest guest, Placement placement)
    : root_(root), kernel_(kernel), guest_(std::move(guest)), placement_(std::move(placement)) {}

std::string Follower::key_of(const LivePlace& place) {
    if (const auto* const interrupt = std::get_if<Interrupt>(&place.subject))
        return std::to_string(interrupt->number) + " " + interrupt->action;
    const auto& thread = std::get<QemuThread>(place.subject);
    return std::to_string(thread.id) + " " + thread.started;
}

Result<bool> Follower::place_one(const LivePlace& one, const CpuSet& cpus) {
    if (const auto* const interrupt = std::get_if<Interrupt>(&one.subject))
        return place(root_, kernel_, *interrupt, cpus);
    return place(root_, kernel_, guest_.process, std::get<QemuThread>(one.subject), cpus);
}

bool Follower::is_guest_there() const {
    return start_of_process(root_, guest_.process) == guest_.started;
}

Follower::Look Follower::look() {
    Look look;
    if (!is_guest_there()) return look;
    look.failures = release_lines();
    const auto interrupts = read_vfio_interrupts(root_, guest_.functions);
    for (const Interrupt& interrupt : interrupts) look.interrupts.push_back(interrupt.number);
    const auto places =
        live_places(placement_, guest_.name, interrupts, read_qemu_threads(root_, guest_.process));
    for (const LivePlace& one : places) {
        if (one.before == one.after) {
            look.kept.push_back(one);
            continue;
        }
        const auto placed = place_one(one, one.after);
        if (!placed) {
            if (told_.insert(key_of(one)).second) look.failures.push_back(placed.error());
        } else if (*placed) {
            first_.try_emplace(key_of(one), one);
            look.placed.push_back(one);
        }
    }
    return look;
}

std::vector<Error> Follower::release_lines() {
    std::vector<Error> failures;
    const auto interrupts = read_vfio_interrupts(root_, guest_.functions);
    std::erase_if(first_, [&](const auto& entry) {
        const auto* const interrupt = std::get_if<Interrupt>(&entry.second.subject);
        if (interrupt == nullptr) return false;
        const bool there = std::ranges::any_of(interrupts, [&](const Interrupt& now) {
            return now.number == interrupt->number && now.action == interrupt->action;
        });
        if (there) return false;
        const auto released =
            release(root_, kernel_, *interrupt, entry.second.before, entry.second.after);
        if (!released) failures.push_back(released.error());
        return true;
    });
    return failures;
}

std::vector<Error> Follower::put_back() {
    auto failures = release_lines();
    for (const auto& [key, one] : std::exchange(first_, {})) {
        if (one.before.empty()) continue;
        if (const auto back = place_one(one, one.before); !back) failures.push_back(back.error());
    }
    return failures;
}

}  // namespace ctrlpass
