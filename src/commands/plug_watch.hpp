// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "iommu/udev_events.hpp"
#include "src/commands/inspection.hpp"
#include "src/render/plug.hpp"

namespace ctrlpass {

/// Makes of the events of USB devices what came and what went, each once. A device counts as
/// plugged in when its driver has taken it (`bind`): at its `add` it has no interfaces yet, and
/// with them the verdict is another. Those that no driver takes count after a while.
class PlugWatch {
  public:
    using Clock = UdevEvents::Clock;
    using Look = std::function<Result<Inspection>()>;
    static constexpr auto patience = std::chrono::seconds(2);

    /// What is there at first came before, and is no news. Errors: those of looking.
    static Result<PlugWatch> start(Look look);

    /// News by an event of a `usb_device`.
    Result<std::vector<Plug>> take(const DeviceEvent& event, Clock::time_point now);

    /// When `overdue` is to be asked, if no event comes before.
    Clock::time_point deadline() const;
    Result<std::vector<Plug>> overdue(Clock::time_point now);

  private:
    explicit PlugWatch(Look look) : look_(std::move(look)) {}
    Result<std::map<std::string, Plug>> present() const;
    /// What has come since the last look.
    Result<std::vector<Plug>> news();
    void remove(const std::string& port, std::vector<Plug>& plugs);

    Look look_;
    std::map<std::string, Plug> known_;                 ///< by port
    std::map<std::string, Clock::time_point> arrived_;  ///< by port: until when to wait for `bind`
};

}  // namespace ctrlpass
