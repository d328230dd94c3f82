// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/findings/judge_programs.hpp"

#include <algorithm>

#include "src/findings/usb_owner.hpp"
#include "src/render/text.hpp"

namespace ctrlpass {

namespace {

using Devices = std::vector<UsbDevice>;

/// Who: "pcscd (pid 711)", "guest win11 (qemu-system-x86, pid 4711)".
std::string who(const Opened& opened) {
    const std::string pid = "pid " + std::to_string(opened.pid);
    if (opened.guest.empty()) return printable(opened.process) + " (" + pid + ")";
    return "guest " + printable(opened.guest) + " (" + printable(opened.process) + ", " + pid + ")";
}

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

std::string device_name(const Devices& devices, const DeviceNode& node, const Place& place) {
    const UsbDevice* const owner = usb_owner(node.sysfs, devices);
    return owner != nullptr ? usb_name(*owner) : to_string(place.address);
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
        if (node == facts.host.nodes.end() || !is_below(node->sysfs, place)) continue;
        if (is_disk(facts, *node)) {
            // A file system of a program, such as ntfs-3g: told as mounted.
            if (is_mounted(facts, *node)) continue;
            findings.push_back(make_finding(
                facts.profile, "disk-in-use", address,
                who(opened) + " has " + printable(opened.node) + " open", hint_for(opened)));
            continue;
        }
        const std::string device = device_name(devices, *node, place);
        const auto same = std::ranges::find_if(uses, [&](const Use& use) {
            return use.opened->pid == opened.pid && use.device == device;
        });
        if (same == uses.end())
            uses.push_back({&opened, device, {printable(opened.node)}});
        else
            same->nodes.push_back(printable(opened.node));
    }
    for (const Use& use : uses)
        findings.push_back(
            make_finding(facts.profile, "opened-by", address,
                         who(*use.opened) + " has " + use.device + " open: " + joined(use.nodes),
                         hint_for(*use.opened)));
    return findings;
}

}  // namespace ctrlpass
