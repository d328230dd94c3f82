// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "iommu/result.hpp"

struct udev;
struct udev_monitor;

namespace ctrlpass {

/// Something came, went or changed.
struct UdevEvent {
    std::string action;  ///< "add", "bind", "remove", …
    std::string sysfs;   ///< below the root: "sys/devices/pci0000:00/…"
    std::string type;    ///< "usb_device", "usb_interface"; "" where the subsystem has no types
};

/// The events of one subsystem from now on, as udevd passes them on when its rules are through;
/// where no udevd runs, as the kernel sends them. libudev is loaded when this is first used.
class UdevEvents {
  public:
    using Clock = std::chrono::steady_clock;
    /// "pci", "usb".
    static Result<UdevEvents> open(const std::string& subsystem);
    UdevEvents(UdevEvents&&) noexcept;
    UdevEvents& operator=(UdevEvents&&) = delete;
    ~UdevEvents();

    /// Readable when an event is there.
    int descriptor() const;
    /// The next one; nothing at the deadline, or when a signal came.
    std::optional<UdevEvent> next(Clock::time_point deadline);

  private:
    struct Library;
    UdevEvents(std::unique_ptr<Library> library, udev* context, udev_monitor* monitor);
    std::optional<UdevEvent> receive();

    std::unique_ptr<Library> library_;
    udev* context_;
    udev_monitor* monitor_;
};

}  // namespace ctrlpass
