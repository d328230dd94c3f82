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

Follower::Look Follower::look(Lines lines) {
    Look look;
    if (!is_guest_there()) return look;
    ++looks_;
    look.failures = release_lines();
    const auto interrupts = read_vfio_interrupts(root_, guest_.functions);
    for (const Interrupt& interrupt : interrupts) look.interrupts.push_back(interrupt.number);
    const auto places =
        live_places(placement_, guest_.name, interrupts, read_qemu_threads(root_, guest_.process));
    for (const LivePlace& one : places) {
        const auto* const interrupt = std::get_if<Interrupt>(&one.subject);
        if (one.before == one.after) {
            remember(one);
            look.kept.push_back(one);
        } else if (lines == Lines::left && interrupt != nullptr && interrupt->is_line()) {
            look.left.push_back(one);
        } else {
            bring(one, look);
        }
    }
    for (const LivePlace& one : places) known_.insert(key_of(one));
    return look;
}

void Follower::bring(const LivePlace& one, Look& look) {
    const std::string key = key_of(one);
    const auto refused = refused_.find(key);
    if (refused != refused_.end() && looks_ - refused->second < looks_between_attempts) return;
    const auto placed = place_one(one, one.after);
    if (!placed) {
        if (refused == refused_.end()) look.failures.push_back(placed.error());
        refused_[key] = looks_;
        return;
    }
    refused_.erase(key);
    if (!*placed) return;
    remember(one);
    look.placed.push_back(one);
}

void Follower::remember(const LivePlace& one) {
    LivePlace first = one;
    first.before = origin_of(one);
    if (first.before != first.after) first_.try_emplace(key_of(one), std::move(first));
}

/// A thread that came since the first look has its CPUs from one that had been moved.
CpuSet Follower::origin_of(const LivePlace& one) const {
    const bool came = looks_ > 1 && !known_.contains(key_of(one));
    if (!came || !std::holds_alternative<QemuThread>(one.subject)) return one.before;
    for (const auto& [key, other] : first_)
        if (const auto* const main = std::get_if<QemuThread>(&other.subject))
            if (main->id == guest_.process) return other.before;
    return one.before;
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
