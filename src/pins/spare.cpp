// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/pins/spare.hpp"

#include "iommu/irqbalance.hpp"
#include "iommu/processes.hpp"

namespace ctrlpass {

Result<> SparedInterrupts::spare(const std::vector<int>& interrupts) {
    return tell({interrupts.begin(), interrupts.end()});
}

Result<> SparedInterrupts::put_back() { return tell({}); }

Result<> SparedInterrupts::tell(const std::set<int>& wanted) {
    const bool same = process_ != 0 && start_of_process(root_, process_) == started_;
    if (wanted == wanted_ && (wanted.empty() || same)) return {};
    const auto daemon = read_irqbalance(root_);
    if (!daemon || daemon->spares_vfio) return {};
    const IrqbalanceSocket socket(daemon->process, directory_);
    std::set<int> all = TRY(socket.banned());
    // What this one was told before is ours to take back; another one was told nothing.
    if (same && daemon->process == process_)
        for (const int number : ours_) all.erase(number);
    std::set<int> ours;
    for (const int number : wanted)
        if (all.insert(number).second) ours.insert(number);
    TRY(socket.ban(all));
    process_ = daemon->process;
    started_ = start_of_process(root_, process_);
    ours_ = std::move(ours);
    wanted_ = wanted;
    return {};
}

}  // namespace ctrlpass
