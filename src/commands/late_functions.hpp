// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>

#include "iommu/udev_events.hpp"

namespace ctrlpass {

/// Waits for PCI functions that appear late (Thunderbolt, slow bridges), by udev's events. Make it
/// before the first look at the host: what appears in between is not missed.
class LateFunctions {
  public:
    explicit LateFunctions(UdevEvents::Clock::time_point until) : until_(until) {
        auto events = UdevEvents::open("pci");
        if (events)
            events_.emplace(std::move(*events));
        else
            trouble_ = events.error();
    }

    /// Until a function appears: true. False when the time is over, or nobody tells of them.
    bool wait() {
        while (events_ && UdevEvents::Clock::now() < until_) {
            const auto event = events_->next(until_);
            if (!event) trouble_ = event.error();
            if (!event || !*event) return false;
            // Without an action events were lost: one of them may have been it.
            if ((*event)->action == "add" || (*event)->action.empty()) return true;
        }
        return false;
    }

    /// Why nobody tells of them.
    const std::optional<Error>& trouble() const { return trouble_; }

  private:
    UdevEvents::Clock::time_point until_;
    std::optional<Error> trouble_;
    std::optional<UdevEvents> events_;
};

}  // namespace ctrlpass
