// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/node_walk.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace ctrlpass {

namespace {

/// Many times what a controller with 127 devices has.
constexpr std::size_t most_directories = 100'000;
constexpr std::size_t most_nodes = 4096;

std::string last_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }
std::string above(const std::string& path) {
    const auto slash = path.rfind('/');
    return slash == path.npos ? "" : path.substr(0, slash);
}

/// Below these are attributes alone, and many of them.
bool is_of_attributes(std::string_view name) {
    constexpr std::array<std::string_view, 14> names{
        "power",   "queue",  "mq",     "integrity", "trace",        "statistics", "queues",
        "holders", "slaves", "wakeup", "msi_irqs",  "capabilities", "id",         "stats"};
    const bool port = name.find("-port") != name.npos;  // of a hub: "usb1-port3"
    return port || name.starts_with("ep_") || std::ranges::find(names, name) != names.end();
}

/// Copies may lack the links. The directory between a device and what is made for it has the name
/// of the class, and the parts of a disk or a sound card are below that: "…/sound/card1/pcmC1D0p".
std::string class_by_place(const std::string& home) {
    const std::string parent = last_of(above(home));
    const std::string grandparent = last_of(above(above(home)));
    for (const std::string_view whole : {"block", "sound", "input"})
        if (grandparent == whole) return grandparent;
    return parent.find(':') == parent.npos ? parent : "";
}

class NodeWalk {
  public:
    NodeWalk(const Root& root, std::span<const Place* const> places)
        : root_(root), places_(places) {}

    Result<> go(const Place& place) {
        std::vector<std::string> waiting{place.sysfs};
        const std::size_t before = found_.size();
        for (std::size_t seen = 0; !waiting.empty(); ++seen) {
            if (seen == most_directories || found_.size() - before > most_nodes)
                return fail("cannot look at all that hangs below " + to_string(place.address));
            const std::string here = std::move(waiting.back());
            waiting.pop_back();
            if (here != place.sysfs) add(here);
            const auto names = root_.directories(here);
            for (auto name = names.rbegin(); name != names.rend(); ++name)
                if (!is_of_attributes(*name) && !is_other_place(here + "/" + *name))
                    waiting.push_back(here + "/" + *name);
        }
        return {};
    }

    /// A display of evdi (DisplayLink) is a platform device; a link tells whose it is.
    void add_evdi() {
        const std::string home = "sys/class/drm/";
        for (const std::string& name : root_.names(home)) {
            if (!name.starts_with("card") || name.find('-') != name.npos) continue;
            const auto card = root_.resolve(home + name);
            if (!card || card->find("/evdi.") == card->npos) continue;
            const auto usb = root_.resolve(above(above(*card)) + "/device");
            const auto number = root_.attribute(*card + "/dev");
            const auto ours = [&](const Place* place) { return usb && is_below(*usb, *place); };
            if (number && std::ranges::any_of(places_, ours))
                found_.push_back({*usb + "/drm/" + name, *card, "drm", *number});
        }
    }

    /// pcwd_usb keeps to the node that all watchdogs had once, which belongs to no device.
    void add_old_watchdog() {
        const std::string drivers = "sys/bus/usb/drivers/pcwd_usb";
        const auto node = root_.resolve("sys/class/misc/watchdog");
        const auto number = root_.attribute("sys/class/misc/watchdog/dev");
        for (const std::string& name : root_.names(drivers)) {
            const auto interface = root_.resolve(drivers + "/" + name);
            const auto ours = [&](const Place* place) {
                return interface && is_below(*interface, *place);
            };
            if (node && number && !root_.exists("sys/class/watchdog/watchdog0") &&
                std::ranges::any_of(places_, ours))
                found_.push_back({*interface + "/watchdog/watchdog", *node, "watchdog", *number});
        }
    }

    std::vector<NodePlace> found() { return std::move(found_); }

  private:
    /// Subjects below another subject are walked by themselves.
    bool is_other_place(const std::string& sysfs) const {
        return parse_address(last_of(sysfs)) &&
               std::ranges::any_of(places_,
                                   [&](const Place* other) { return other->sysfs == sysfs; });
    }

    void add(const std::string& home) {
        auto number = root_.attribute(home + "/dev");
        if (!number) return;
        auto subsystem = root_.link_name(home + "/subsystem");
        if (!subsystem) subsystem = class_by_place(home);
        if (subsystem == "usb" && last_of(home).starts_with("usb")) return;
        found_.push_back({home, home, std::move(*subsystem), std::move(*number)});
    }

    const Root& root_;
    std::span<const Place* const> places_;
    std::vector<NodePlace> found_;
};

}  // namespace

std::string NodePlace::device() const { return above(above(sysfs)); }

Result<std::vector<NodePlace>> read_node_places(const Root& root,
                                                std::span<const Place* const> places) {
    NodeWalk walk(root, places);
    for (const Place* const place : places) TRY(walk.go(*place));
    walk.add_evdi();
    walk.add_old_watchdog();
    return walk.found();
}

}  // namespace ctrlpass
