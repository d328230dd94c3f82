// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/findings/judge_programs.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "src/findings/usb_owner.hpp"
#include "src/render/text.hpp"

namespace ctrlpass {

namespace {

using Devices = std::vector<UsbDevice>;

std::string hint_for(const Opened& opened) {
    if (opened.guest.empty()) return "Close the program first.";
    return "Shut the guest down first:\n    virsh shutdown " + shell_word(opened.guest);
}

bool is_mounted(const Case& facts, const DeviceNode& disk) {
    const auto mounts = [&](const DiskUse& use) {
        return use.node == disk.path && use.kind == DiskUse::Kind::mount;
    };
    return std::ranges::any_of(facts.host.attached, [&](const Attached& attached) {
        return attached.sysfs == disk.sysfs && std::ranges::any_of(attached.carried.uses, mounts);
    });
}

bool is_disk(const Case& facts, const DeviceNode& node) {
    return std::ranges::any_of(facts.host.attached, [&](const Attached& attached) {
        return attached.sysfs == node.sysfs && attached.carried.kind == Carried::Kind::disk;
    });
}

void add_keys(const Case& facts, const Place& place, const Devices& devices,
              std::vector<Finding>& findings) {
    for (const UsbDevice& device : devices) {
        const auto has = [&](Carried::Role role) {
            return std::ranges::find(device.carries, role, &Carried::role) != device.carries.end();
        };
        const bool key = has(Carried::Role::security_key);
        const bool reader = has(Carried::Role::card_reader);
        if (key || reader)
            findings.push_back(make_finding(
                facts.profile, "security-key", to_string(place.address),
                usb_name(device) + " is a " + (key ? "security key" : "") +
                    (key && reader ? " and " : "") + (reader ? "smart-card reader" : "")));
        add_keys(facts, place, device.devices, findings);
    }
}

/// What one process has open of one device.
struct Use {
    const Opened* opened = nullptr;
    std::string device;
    std::vector<std::string> nodes;
};

/// The display server and the login manager have every input device open.
bool is_of_the_session(const Opened& opened) {
    constexpr std::array<std::string_view, 26> names{
        "systemd-logind", "elogind-daemon", "elogind", "seatd",        "Xorg",   "X",
        "Xwayland",       "gnome-shell",    "mutter",  "kwin_wayland", "sway",   "weston",
        "Hyprland",       "labwc",          "wayfire", "cage",         "niri",   "river",
        "cosmic-comp",    "acpid",          "upowerd", "plymouthd",    "kmscon", "muffin",
        "gamescope",      "budgie-wm"};
    constexpr std::string_view inputs = "/dev/input/";
    return opened.node.starts_with(inputs) &&
           std::ranges::find(names, opened.process) != names.end();
}

}  // namespace

std::vector<Finding> judge_programs(const Case& facts, const Place& place) {
    std::vector<Finding> findings;
    const std::string address = to_string(place.address);
    const Controller* const controller = facts.host.controller(place.address);
    const Devices devices = controller != nullptr ? controller->devices : Devices{};
    add_keys(facts, place, devices, findings);
    std::vector<Use> uses;
    for (const Opened& opened : facts.holders.opened) {
        const auto node = std::ranges::find(facts.host.nodes, opened.node, &DeviceNode::path);
        if (node == facts.host.nodes.end() || !is_below(node->sysfs, place) ||
            is_of_the_session(opened))
            continue;
        if (is_disk(facts, *node)) {
            // A file system of a program, such as ntfs-3g: told as mounted.
            if (is_mounted(facts, *node)) continue;
            findings.push_back(
                make_finding(facts.profile, "disk-in-use", address,
                             opener_name(opened) + " has " + printable(opened.node) + " open",
                             hint_for(opened)));
            continue;
        }
        const std::string device = owner_name(facts, place, node->sysfs);
        const auto same = std::ranges::find_if(uses, [&](const Use& use) {
            return use.opened->pid == opened.pid && use.device == device;
        });
        if (same == uses.end())
            uses.push_back({&opened, device, {printable(opened.node)}});
        else
            same->nodes.push_back(printable(opened.node));
    }
    for (const Use& use : uses)
        findings.push_back(make_finding(
            facts.profile, "opened-by", address,
            opener_name(*use.opened) + " has " + use.device + " open: " + joined(use.nodes),
            hint_for(*use.opened)));
    return findings;
}

}  // namespace ctrlpass
