// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/findings/judge_peripherals.hpp"

#include <algorithm>

#include "src/findings/usb_owner.hpp"
#include "src/render/text.hpp"

namespace ctrlpass {

namespace {

using Role = Carried::Role;

/// "systemd (pid 1) has /dev/watchdog0 open", "" where no process has a node of it open.
std::string openers_of(const Case& facts, const Attached& attached) {
    std::vector<std::string> texts;
    for (const Opened& opened : facts.holders.opened) {
        const auto node = std::ranges::find(facts.host.nodes, opened.node, &DeviceNode::path);
        if (node == facts.host.nodes.end() || node->sysfs != attached.sysfs) continue;
        texts.push_back(opener_name(opened) + " has " + printable(opened.node) + " open");
    }
    return joined(texts);
}

class PeripheralJudge {
  public:
    PeripheralJudge(const Case& facts, const Place& place) : facts_(facts), place_(place) {}

    void judge(const Attached& attached) {
        switch (attached.carried.role) {
            case Role::watchdog:
                return judge_watchdog(attached);
            case Role::tape:
                return judge_tape(attached, "tape drive");
            case Role::changer:
                return judge_tape(attached, "medium changer");
            case Role::display:
                return judge_display(attached);
            default:
                return;
        }
    }

    void judge(const std::vector<UsbDevice>& devices) {
        for (const UsbDevice& device : devices) {
            judge_export(device);
            judge(device.devices);
        }
    }

    std::vector<Finding> findings() { return std::move(findings_); }

  private:
    void add(std::string_view code, std::string message) {
        findings_.push_back(
            make_finding(facts_.profile, code, to_string(place_.address), std::move(message)));
    }

    std::string label(const char* kind, const Attached& attached) const {
        return kind + (" " + printable(attached.carried.name)) + " (" +
               owner_name(facts_, place_, attached.sysfs) + ")";
    }

    /// To open it is to arm it, and it may stay armed when it is closed.
    void judge_watchdog(const Attached& attached) {
        const std::string name = label("watchdog", attached);
        const std::string openers = openers_of(facts_, attached);
        if (openers.empty() && attached.carried.active == false) return;
        if (openers.empty() && !attached.carried.active)
            return add("watchdog-armed", "not known whether " + name +
                                             " is armed: the kernel does not tell its state");
        add("watchdog-armed", name +
                                  " is armed: it resets the machine when the controller has gone" +
                                  (openers.empty() ? "" : "; " + openers));
    }

    void judge_tape(const Attached& attached, const char* kind) {
        const std::string openers = openers_of(facts_, attached);
        const bool at_work = attached.carried.active == true;
        if (openers.empty() && !at_work) return;
        add("tape-in-use", label(kind, attached) + " is in use, a tape may be being written: " +
                               (openers.empty() ? "it has not answered all commands" : openers));
    }

    void judge_display(const Attached& attached) {
        if (attached.carried.active == false) return;
        add("connected-display",
            label("display", attached) + " leaves: " + printable(attached.carried.detail));
    }

    void judge_export(const UsbDevice& device) {
        using Export = UsbDevice::Export;
        if (device.exported == Export::no) return;
        const std::string use = device.exported == Export::used ? "a client uses it"
                                : device.exported == Export::idle
                                    ? "no client uses it now"
                                    : "not known whether a client uses it";
        findings_.push_back(make_finding(
            facts_.profile, "usbip-exported", to_string(place_.address),
            usb_name(device) + " (" + printable(device.port) + ", " + to_string(device.id) +
                ") is exported by usbip-host: " + use,
            "Take it back first:\n    usbip unbind --busid " + shell_word(device.port)));
    }

    const Case& facts_;
    const Place& place_;
    std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> judge_peripherals(const Case& facts, const Place& place) {
    PeripheralJudge judge(facts, place);
    for (const Attached& attached : facts.host.attached)
        if (is_below(attached.sysfs, place)) judge.judge(attached);
    if (const Controller* const controller = facts.host.controller(place.address))
        judge.judge(controller->devices);
    return judge.findings();
}

}  // namespace ctrlpass
