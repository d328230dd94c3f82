// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/fitness.hpp"

#include <algorithm>
#include <charconv>
#include <set>

namespace ctrlpass {

namespace {

std::vector<std::string> split(const std::string& text, char separator) {
    std::vector<std::string> parts;
    for (std::size_t begin = 0; begin <= text.size();) {
        const auto end = std::min(text.find(separator, begin), text.size());
        if (end > begin) parts.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return parts;
}

/// The PCI functions along a place in sysfs, from the root down to itself.
struct Step {
    PciAddress address;
    std::string sysfs;
};
std::vector<Step> steps_of(const std::string& sysfs) {
    std::vector<Step> steps;
    std::string path;
    for (const std::string& part : split(sysfs, '/')) {
        path += (path.empty() ? "" : "/") + part;
        if (const auto address = parse_address(part)) steps.push_back({*address, path});
    }
    return steps;
}

/// The kernel calls what lies behind an external-facing port removable (sysfs-devices-removable).
std::optional<PciAddress> read_removable(const Root& root, const std::vector<Step>& steps) {
    for (const Step& step : steps)
        if (root.attribute(step.sysfs + "/removable") == "removable") return step.address;
    return std::nullopt;
}

/// Is one of the bridges above a port for the tunnels of this host interface? The thunderbolt
/// driver links them by what the firmware says (tb_acpi_add_link).
bool is_linked_to(const Root& root, const std::vector<Step>& steps, const PciAddress& nhi) {
    for (std::size_t i = 0; i + 1 < steps.size(); ++i)
        for (const char* const link : {"/supplier:pci:", "/supplier:"})
            if (root.exists(steps[i].sysfs + link + to_string(nhi))) return true;
    return false;
}

/// A discrete host chip is a PCIe switch with the host interface behind one of its ports. What is
/// plugged in brings a switch of its own and hangs behind another one; a function directly behind
/// a port is of the chip itself.
bool is_behind_switch_of(const std::vector<Step>& steps, const Place& nhi) {
    const auto of_nhi = steps_of(nhi.sysfs);
    constexpr std::size_t port_and_itself = 2;
    if (of_nhi.size() <= port_and_itself) return false;
    const std::size_t above = of_nhi.size() - port_and_itself;
    if (steps.size() <= above + port_and_itself) return false;
    for (std::size_t i = 0; i < above; ++i)
        if (steps[i].address != of_nhi[i].address) return false;
    return steps[above].address != of_nhi[above].address;
}

std::vector<std::string> read_direct_regions(const Root& root, int group) {
    const auto text =
        root.attribute("sys/kernel/iommu_groups/" + std::to_string(group) + "/reserved_regions");
    std::vector<std::string> regions;
    for (const std::string& line : split(text.value_or(""), '\n')) {
        const auto words = split(line, ' ');
        if (words.size() == 3 && words[2] == "direct") regions.push_back(words[0] + "-" + words[1]);
    }
    return regions;
}

/// UHCI and OHCI have nothing but their line; others use it when they have no MSI.
bool uses_line(const Root& root, const Function& function) {
    const auto type = controller_type(function.place.class_code);
    if (type == Controller::Type::uhci || type == Controller::Type::ohci) return true;
    return function.driver && !root.exists(function.place.sysfs + "/msi_irqs");
}

void read_line(const Root& root, const Function& function, Fitness& fitness) {
    const std::string& home = function.place.sysfs;
    if (!uses_line(root, function)) return;
    const std::string text = root.attribute(home + "/irq").value_or("0");
    int number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    if (number <= 0) return;
    const auto handlers = split(
        root.attribute("sys/kernel/irq/" + std::to_string(number) + "/actions").value_or(""), ',');
    if (handlers.empty()) return;
    // Its own handler is named after its bus: "uhci_hcd:usb3".
    std::set<std::string> buses;
    for (const std::string& name : root.names(home))
        if (name.starts_with("usb")) buses.insert(name);
    for (const std::string& handler : handlers)
        if (!buses.contains(handler.substr(handler.rfind(':') + 1)))
            fitness.line_sharers.push_back(handler);
    if (!fitness.line_sharers.empty()) fitness.shared_line = number;
}

}  // namespace

const std::vector<const Place*>& FitnessReader::host_interfaces() {
    if (host_interfaces_) return *host_interfaces_;
    host_interfaces_.emplace();
    // Before USB4 they had no class of their own; the driver tells.
    const auto bound = root_.names("sys/bus/pci/drivers/thunderbolt");
    for (const Place& place : places_)
        if (place.class_code == usb4_host_interface ||
            (!bound.empty() && std::ranges::find(bound, to_string(place.address)) != bound.end()))
            host_interfaces_->push_back(&place);
    return *host_interfaces_;
}

Fitness FitnessReader::read(const Function& function, bool everything) {
    const std::string& home = function.place.sysfs;
    const auto steps = steps_of(home);
    Fitness fitness;
    // Before Linux 5.15 there is no reset_method, only `reset` where some way works.
    fitness.has_reset = !function.reset_methods.empty() ||
                        (!root_.exists(home + "/reset_method") && root_.exists(home + "/reset"));
    fitness.removable = read_removable(root_, steps);
    for (const Place* const nhi : host_interfaces())
        if (is_linked_to(root_, steps, nhi->address) || is_behind_switch_of(steps, *nhi))
            fitness.tunnel = nhi->address;
    if (function.group) fitness.direct_regions = read_direct_regions(root_, *function.group);
    read_line(root_, function, fitness);
    fitness.overriders = overriders_.read(function);
    // What is there already is not taken from the host: nothing is said of it then.
    if (everything || function.driver != "vfio-pci") fitness.foreign = foreign_.read(function);
    return fitness;
}

}  // namespace ctrlpass
