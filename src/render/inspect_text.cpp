// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>

#include "src/findings/iommu_reason.hpp"
#include "src/render/inspect.hpp"
#include "src/render/render.hpp"
#include "vfio/driver_names.hpp"

namespace ctrlpass {

namespace {

/// A line of the tree of devices: what stands where, and the second column beside it.
struct Row {
    std::string branch;
    std::string device;
    std::string carried;
};

std::string device_text(const UsbDevice& device) {
    std::string text = device.port + "  " + to_string(device.id);
    if (device.hub) text += " hub";
    if (!device.product.empty()) text += " " + printable(device.product);
    return text;
}

/// What is carried, and below it, indented, what the host uses it for.
std::vector<std::string> carried_texts(const Carried& carried) {
    const std::string title = title_of(carried.role);
    std::string text =
        (title.empty() ? word_of(carried.kind) : title) + " " + printable(carried.name);
    if (!carried.detail.empty()) text += ": " + printable(carried.detail);
    std::vector<std::string> texts{text};
    for (const std::string& use : uses_of(carried)) texts.push_back("  " + printable(use));
    return texts;
}

void add_rows(const std::vector<UsbDevice>& devices, const std::string& before,
              std::vector<Row>& rows) {
    for (const UsbDevice& device : devices) {
        const bool last = &device == &devices.back();
        const std::string below = before + (last ? "   " : "│  ");
        const std::string beside = below + (device.devices.empty() ? "" : "│");
        rows.push_back({before + (last ? "└─ " : "├─ "), device_text(device), {}});
        for (const Carried& carried : device.carries)
            for (const std::string& text : carried_texts(carried)) {
                if (!rows.back().carried.empty()) rows.push_back({beside, "", {}});
                rows.back().carried = text;
            }
        add_rows(device.devices, below, rows);
    }
}

std::string tree_text(const std::vector<UsbDevice>& devices, Style style) {
    std::vector<Row> rows;
    add_rows(devices, "    ", rows);
    std::size_t width = 0;
    for (const Row& row : rows)
        if (!row.carried.empty()) width = std::max(width, width_of(row.branch + row.device));
    std::string text;
    for (const Row& row : rows) {
        const std::string left = style.paint(Ink::faint, row.branch) + row.device;
        const std::size_t taken = width_of(row.branch + row.device);
        text += left;
        if (!row.carried.empty())
            text += std::string(width - std::min(width, taken) + 2, ' ') +
                    style.paint(Ink::strong, row.carried);
        text += "\n";
    }
    return text;
}

std::string verdict_text(const Function& function, const Verdict& verdict, Style style) {
    std::string text;
    const auto line = [&](Ink ink, const std::string& mark, const std::string& words) {
        text += "    " + style.paint(ink, mark + " " + words) + "\n";
    };
    const bool given = function.driver && is_vfio_driver(*function.driver);
    if (verdict.kind == Verdict::free)
        line(Ink::good, "✓", given ? "is given away already" : "can be given away");
    for (const Finding& finding : told_once(verdict.findings)) {
        if (finding.severity == Severity::refuse)
            line(Ink::bad, "✗", "cannot be given away: " + finding.message);
        else if (finding.severity == Severity::consent)
            line(Ink::warning, "!", "would cost: " + finding.message);
        else
            line(Ink::faint, "·", finding.message);
    }
    return text;
}

std::string codes_of(const Verdict& verdict, Severity severity) {
    std::vector<std::string> codes;
    for (const Finding& finding : verdict.findings)
        if (finding.severity == severity && std::ranges::find(codes, finding.code) == codes.end())
            codes.push_back(finding.code);
    return joined(codes);
}

std::string member_name(const Host& host, const PciNames& names, const PciAddress& address) {
    const Function* const function = host.function(address);
    if (function == nullptr) return to_string(address);
    std::string name = printable(names.name(function->id));
    if (name.empty()) name = to_string(function->id);
    return to_string(address) + " " + name + " (" +
           printable(function->driver.value_or("no driver")) + ")";
}

std::string group_text(const Host& host, const PciNames& names, const Function& function,
                       Style style) {
    const Group* const group = function.group ? host.group(*function.group) : nullptr;
    if (group == nullptr) return {};
    std::string text;
    for (const PciAddress& member : group->functions)
        if (member != function.place.address)
            text += "    " + style.paint(Ink::faint, "in the same group: ") +
                    member_name(host, names, member) + "\n";
    return text;
}

std::string controller_text(const Host& host, const Controller& controller, const Verdict& verdict,
                            const PciNames& names, Style style) {
    const Function* const function = host.function(controller.address);
    if (function == nullptr) return {};
    const std::string name = printable(names.name(function->id));
    std::string text = style.paint(Ink::strong, to_string(controller.address)) + "  " +
                       (name.empty() ? to_string(function->id) : name) + "\n    " +
                       title_of(controller.type) + ", " + to_string(function->id) + ", " +
                       printable(function->driver.value_or("no driver"));
    if (function->group) text += ", IOMMU group " + std::to_string(*function->group);
    if (function->numa_node) text += ", NUMA node " + std::to_string(*function->numa_node);
    text += "\n" + group_text(host, names, *function, style);
    for (const PciAddress& companion : controller.companions)
        text += "    " + style.paint(Ink::faint, "serves the same ports as ") +
                to_string(companion) + "\n";
    return text + verdict_text(*function, verdict, style) + tree_text(controller.devices, style);
}

}  // namespace

std::string iommu_line(const Iommu& iommu, Style style) {
    if (iommu.state != Iommu::State::on) return style.paint(Ink::bad, heading_of(iommu)) + "\n";
    if (!iommu.interrupt_remapping)
        return style.paint(Ink::good, "IOMMU on") + ", interrupt remapping not known\n";
    return *iommu.interrupt_remapping
               ? style.paint(Ink::good, "IOMMU on") + ", interrupts remapped\n"
               : style.paint(Ink::bad, "IOMMU on, but interrupts are not remapped") + "\n";
}

std::string verdict_line(const Function& function, const Verdict& verdict) {
    switch (verdict.kind) {
        case Verdict::free:
            return function.driver && is_vfio_driver(*function.driver) ? "is given away already"
                                                                       : "can be given away";
        case Verdict::cost:
            return "would cost: " + codes_of(verdict, Severity::consent);
        case Verdict::no:
            break;
    }
    return "cannot be given away: " + codes_of(verdict, Severity::refuse);
}

std::string title_of(Controller::Type type) {
    switch (type) {
        case Controller::Type::uhci:
            return "UHCI (USB 1)";
        case Controller::Type::ohci:
            return "OHCI (USB 1)";
        case Controller::Type::ehci:
            return "EHCI (USB 2)";
        case Controller::Type::xhci:
            return "xHCI (USB 3)";
        case Controller::Type::usb4:
            return "USB4 host interface";
        case Controller::Type::other:
            break;
    }
    return "USB controller";
}

std::string title_of(Carried::Role role) {
    switch (role) {
        case Carried::Role::bluetooth:
            return "Bluetooth adapter";
        case Carried::Role::printer:
            return "printer";
        case Carried::Role::security_key:
            return "security key";
        case Carried::Role::card_reader:
            return "smart-card reader";
        case Carried::Role::ups:
            return "UPS";
        case Carried::Role::tuner:
            return "DVB tuner";
        case Carried::Role::tape:
            return "tape drive";
        case Carried::Role::changer:
            return "medium changer";
        case Carried::Role::display:
            return "display";
        case Carried::Role::watchdog:
            return "watchdog";
        case Carried::Role::none:
            break;
    }
    return "";
}

std::vector<std::string> uses_of(const Carried& carried) {
    std::vector<std::string> texts;
    for (const DiskUse& use : carried.uses) texts.push_back(to_string(use));
    for (const LinkUse& use : carried.link_uses) texts.push_back(to_string(use, carried.name));
    return texts;
}

std::string inspect_text(const Host& host, const Verdicts& verdicts, const PciNames& names,
                         Style style) {
    std::string text = iommu_line(host.iommu, style);
    for (const auto& [address, reason] : host.unread)
        text += style.paint(Ink::bad, to_string(address) + " is left out") + ", " +
                printable(reason) + "\n";
    if (host.controllers.empty()) return text + "\nno USB controller\n";
    for (const Controller& controller : host.controllers) {
        const auto verdict = verdicts.find(controller.address);
        text += "\n" + controller_text(host, controller,
                                       verdict == verdicts.end() ? Verdict{} : verdict->second,
                                       names, style);
    }
    return text;
}

}  // namespace ctrlpass
