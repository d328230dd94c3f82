// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/peripherals.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace ctrlpass {

namespace {

using PeripheralRole = Carried::Role;

/// Those that read_attached tells, and nodes that go with another one of their device.
bool is_told_elsewhere(std::string_view subsystem) {
    constexpr std::array<std::string_view, 14> names{
        "block",        "input", "sound",          "tty",  "usb",      "usbmisc",  "hidraw", "bsg",
        "scsi_generic", "media", "drm_dp_aux_dev", "vfio", "vfio-dev", "bluetooth"};
    return std::ranges::find(names, subsystem) != names.end();
}

/// "video0" is told, "v4l-subdev0" and "vbi0" are parts of it.
bool is_part_of_video(const NodePlace& place) {
    const std::string name = place.name();
    return place.subsystem == "video4linux" && !name.starts_with("radio") &&
           !name.starts_with("swradio");
}

Attached made_of(const NodePlace& place, PeripheralRole role, std::string name) {
    Attached attached{place.sysfs, {}};
    attached.carried.role = role;
    attached.carried.name = std::move(name);
    return attached;
}

class PeripheralReader {
  public:
    PeripheralReader(const Root& root, std::span<const NodePlace> places)
        : root_(root), places_(places) {}

    void add(const NodePlace& place) {
        const std::string& kind = place.subsystem;
        if (kind == "dvb") return add_tuner(place);
        if (kind == "scsi_tape") return add_tape(place);
        if (kind == "drm") return add_display(place);
        if (kind == "watchdog") return add_watchdog(place);
        if (kind == "graphics") return add_frame_buffer(place);
        if (kind == "scsi_changer") {
            Attached changer = made_of(place, PeripheralRole::changer, place.name());
            changer.carried.detail = generic_of(place);
            return found_.push_back(std::move(changer));
        }
        if (is_told_elsewhere(kind) || is_part_of_video(place)) return;
        Attached other = made_of(place, PeripheralRole::none, place.name());
        if (kind == "video4linux") other.carried.kind = Carried::Kind::video;
        other.carried.detail = kind;
        found_.push_back(std::move(other));
    }

    std::vector<Attached> found() { return std::move(found_); }

  private:
    /// One for each adapter: "adapter0: demux0, frontend0".
    void add_tuner(const NodePlace& place) {
        const std::string name = place.name();
        const auto dot = std::min(name.find('.'), name.size());
        const std::string adapter = "adapter" + name.substr(3, dot > 3 ? dot - 3 : 0);
        const std::string part = dot < name.size() ? name.substr(dot + 1) : "";
        const auto same = std::ranges::find_if(found_, [&](const Attached& other) {
            return other.carried.role == PeripheralRole::tuner && other.carried.name == adapter &&
                   other.sysfs.starts_with(place.device() + "/");
        });
        if (same != found_.end()) {
            same->carried.detail += ", " + part;
            return;
        }
        found_.push_back(made_of(place, PeripheralRole::tuner, adapter));
        found_.back().carried.detail = part;
    }

    /// One for each drive, by its node that rewinds: "st0: nst0, sg1".
    void add_tape(const NodePlace& place) {
        const auto of_same = [&](const NodePlace& other) {
            return other.subsystem == "scsi_tape" && other.device() == place.device();
        };
        const auto first = std::ranges::find_if(places_, of_same);
        if (first->sysfs != place.sysfs) return;
        std::vector<std::string> names;
        for (const NodePlace& other : places_)
            if (of_same(other)) names.push_back(other.name());
        std::ranges::sort(names, {}, [](const std::string& name) {
            return std::pair(name.starts_with('n'), name);
        });
        Attached tape = made_of(place, PeripheralRole::tape, names.front());
        for (std::size_t i = 1; i < names.size(); ++i)
            tape.carried.detail += (i == 1 ? "" : ", ") + names[i];
        const std::string generic = generic_of(place);
        if (!generic.empty())
            tape.carried.detail += (tape.carried.detail.empty() ? "" : ", ") + generic;
        // Commands that the drive has not answered yet (drivers/scsi/st.c).
        const auto in_flight = root_.attribute(place.home + "/stats/in_flight");
        if (in_flight) tape.carried.active = *in_flight != "0";
        found_.push_back(std::move(tape));
    }

    std::string generic_of(const NodePlace& place) const {
        const auto generic = std::ranges::find_if(places_, [&](const NodePlace& other) {
            return other.subsystem == "scsi_generic" && other.device() == place.device();
        });
        return generic == places_.end() ? "" : generic->name();
    }

    void add_display(const NodePlace& place) {
        const std::string name = place.name();
        if (!name.starts_with("card")) return;  // "renderD128" draws, and shows nothing
        Attached display = made_of(place, PeripheralRole::display, name);
        display.carried.active = false;
        for (const std::string& output : root_.directories(place.home)) {
            if (!output.starts_with(name + "-")) continue;
            const auto status = root_.attribute(place.home + "/" + output + "/status");
            if (status == "disconnected") continue;
            std::string& detail = display.carried.detail;
            detail += (detail.empty() ? "" : ", ") + output.substr(name.size() + 1);
            detail += status == "connected" ? " connected" : " not known to be connected";
            if (status == "connected")
                display.carried.active = true;
            else if (display.carried.active == false)
                display.carried.active.reset();
        }
        found_.push_back(std::move(display));
    }

    /// Displays of drivers without DRM; others have one beside their card.
    void add_frame_buffer(const NodePlace& place) {
        const bool has_card = std::ranges::any_of(places_, [&](const NodePlace& other) {
            return other.subsystem == "drm" && other.device() == place.device();
        });
        if (has_card) return;
        found_.push_back(made_of(place, PeripheralRole::display, place.name()));
        found_.back().carried.detail = "not known to be connected";
    }

    void add_watchdog(const NodePlace& place) {
        Attached watchdog = made_of(place, PeripheralRole::watchdog, place.name());
        const auto state = root_.attribute(place.home + "/state");
        if (state == "active" || state == "inactive") watchdog.carried.active = state == "active";
        if (watchdog.carried.active == true) watchdog.carried.detail = "armed";
        if (root_.attribute(place.home + "/nowayout") == "1")
            watchdog.carried.detail +=
                std::string(watchdog.carried.detail.empty() ? "" : ", ") + "cannot be disarmed";
        found_.push_back(std::move(watchdog));
    }

    const Root& root_;
    std::span<const NodePlace> places_;
    std::vector<Attached> found_;
};

}  // namespace

std::vector<Attached> read_peripherals(const Root& root, std::span<const NodePlace> places) {
    PeripheralReader reader(root, places);
    for (const NodePlace& place : places) reader.add(place);
    return reader.found();
}

}  // namespace ctrlpass
