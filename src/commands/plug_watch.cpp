// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/commands/plug_watch.hpp"

#include <algorithm>

namespace ctrlpass {

namespace {

void add_devices(const std::vector<UsbDevice>& devices, const Function& controller,
                 const Verdict& verdict, std::map<std::string, Plug>& plugs) {
    for (const UsbDevice& device : devices) {
        plugs[device.port] = {Plug::Kind::plugged, device.port, device.id,
                              device.product,      controller,  verdict};
        add_devices(device.devices, controller, verdict, plugs);
    }
}

}  // namespace

Result<PlugWatch> PlugWatch::start(Look look) {
    PlugWatch watch(std::move(look));
    watch.known_ = TRY(watch.present());
    return watch;
}

Result<std::map<std::string, Plug>> PlugWatch::present() const {
    const Inspection seen = TRY(look_());
    std::map<std::string, Plug> plugs;
    for (const Controller& controller : seen.host.controllers) {
        const Function* const function = seen.host.function(controller.address);
        if (function != nullptr)
            add_devices(controller.devices, *function, seen.verdicts.at(controller.address), plugs);
    }
    return plugs;
}

Result<std::vector<Plug>> PlugWatch::news() {
    std::vector<Plug> plugs;
    const auto now = TRY(present());
    for (const auto& [port, plug] : now)
        if (known_.insert_or_assign(port, plug).second) plugs.push_back(plug);
    return plugs;
}

void PlugWatch::remove(const std::string& port, std::vector<Plug>& plugs) {
    arrived_.erase(port);
    auto gone = known_.extract(port);
    if (gone.empty()) return;
    gone.mapped().kind = Plug::Kind::unplugged;
    plugs.push_back(std::move(gone.mapped()));
}

Result<std::vector<Plug>> PlugWatch::take(const DeviceEvent& event, Clock::time_point now) {
    std::vector<Plug> plugs;
    if (event.action == "add") {
        arrived_[event.name] = now + patience;
    } else if (event.action == "remove") {
        remove(event.name, plugs);
    } else if (event.action == "bind") {
        arrived_.erase(event.name);
        return news();
    } else if (event.action.empty()) {
        // Some were lost: what went is what is not there.
        const auto there = TRY(present());
        std::vector<std::string> gone;
        for (const auto& [port, plug] : known_)
            if (!there.contains(port)) gone.push_back(port);
        for (const std::string& port : gone) remove(port, plugs);
        const auto more = TRY(news());
        plugs.insert(plugs.end(), more.begin(), more.end());
    }
    return plugs;
}

PlugWatch::Clock::time_point PlugWatch::deadline() const {
    auto earliest = UdevEvents::never;
    for (const auto& [port, until] : arrived_) earliest = std::min(earliest, until);
    return earliest;
}

Result<std::vector<Plug>> PlugWatch::overdue(Clock::time_point now) {
    const auto over =
        std::erase_if(arrived_, [&](const auto& arrived) { return arrived.second <= now; });
    if (over == 0) return std::vector<Plug>{};
    return news();
}

}  // namespace ctrlpass
