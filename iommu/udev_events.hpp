// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "iommu/result.hpp"

namespace ctrlpass {

/// Something came to a device, or happened to it.
struct DeviceEvent {
    /// "add", "bind", "change", "unbind", "remove", … Empty where the kernel had to drop events
    /// because nobody took them: what is there is to be looked at anew.
    std::string action;
    std::string subsystem;  ///< "pci", "usb"
    std::string type;       ///< "usb_device", "usb_interface"; "" where the subsystem has none
    std::string name;       ///< "0000:0a:00.3", "1-2.1"
    std::string sysfs;      ///< "sys/devices/pci0000:00/…"
    bool operator==(const DeviceEvent&) const = default;
};

/// The events of one subsystem's devices from the moment of opening: opened before the first look
/// at what is there, it misses nothing that comes after. Needs no rights. They come from udev, once
/// its rules have run for the device, where udev is at work (the /run/udev/control of udevd or its
/// socket unit), otherwise from the kernel. libudev is loaded for it.
class UdevEvents {
  public:
    using Clock = std::chrono::steady_clock;
    static constexpr Clock::time_point never = Clock::time_point::max();

    /// With a type, only devices of it.
    static Result<UdevEvents> open(const std::string& subsystem, const std::string& type = {});
    UdevEvents(UdevEvents&&) noexcept;
    UdevEvents& operator=(UdevEvents&&) noexcept;
    ~UdevEvents();

    /// Readable when there may be an event, for those who wait for something else, too.
    int descriptor() const;
    /// What poll(2) is to wait until then, in milliseconds; -1 for `never`.
    static int poll_timeout(Clock::time_point deadline);

    /// The next event, waiting until the deadline; nothing when it has come, or a signal. A
    /// deadline that is past takes what there is and does not wait.
    Result<std::optional<DeviceEvent>> next(Clock::time_point deadline = never);

  private:
    struct Monitor;
    explicit UdevEvents(std::unique_ptr<Monitor> monitor);
    std::unique_ptr<Monitor> monitor_;
};

}  // namespace ctrlpass
