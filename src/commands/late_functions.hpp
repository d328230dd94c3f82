// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "iommu/udev_events.hpp"

namespace ctrlpass {

/// Waits for PCI functions that appear late (Thunderbolt, slow bridges), by udev's events. Make it
/// before the first look at the host: what appears in between is not missed.
class LateFunctions {
  public:
    explicit LateFunctions(UdevEvents::Clock::time_point until)
        : until_(until), events_(UdevEvents::open("pci")) {}

    /// Until a function appears: true. False when the time is over, or nobody tells of them.
    bool wait() {
        while (events_ && UdevEvents::Clock::now() < until_) {
            const auto event = events_->next(until_);
            if (!event) events_ = std::unexpected(event.error());
            if (!event || !*event) return false;
            // Without an action events were lost: one of them may have been it.
            if ((*event)->action == "add" || (*event)->action.empty()) return true;
        }
        return false;
    }

    /// Why nobody tells of them, or nothing.
    const Error* trouble() const { return events_ ? nullptr : &events_.error(); }

  private:
    UdevEvents::Clock::time_point until_;
    Result<UdevEvents> events_;
};

}  // namespace ctrlpass
