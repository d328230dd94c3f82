// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/read_host.hpp"

#include <algorithm>
#include <set>

#include "iommu/attached.hpp"
#include "iommu/device_nodes.hpp"
#include "iommu/fitness.hpp"
#include "iommu/ids_options.hpp"
#include "iommu/node_walk.hpp"
#include "iommu/number.hpp"
#include "iommu/pci.hpp"
#include "iommu/peripherals.hpp"
#include "iommu/platform.hpp"
#include "iommu/read_ways_in.hpp"
#include "iommu/usb.hpp"
#include "iommu/usb_buses.hpp"

namespace ctrlpass {

namespace {

bool is_usb_1_or_2(const Place& place) {
    using Type = Controller::Type;
    const auto type = controller_type(place.class_code);
    return type == Type::uhci || type == Type::ohci || type == Type::ehci;
}

bool is_ehci(const Place& place) {
    return controller_type(place.class_code) == Controller::Type::ehci;
}

/// The other USB 1 and 2 controllers of the slot, where an EHCI is among them: they share its
/// ports, so one of them cannot go without the others.
std::vector<PciAddress> companions_of(const Place& controller, const std::vector<Place>& places) {
    if (!is_usb_1_or_2(controller)) return {};
    std::vector<PciAddress> companions;
    bool shares_ports = is_ehci(controller);
    for (const Place& other : places) {
        PciAddress same_function = other.address;
        same_function.function = controller.address.function;
        if (same_function != controller.address || other.address == controller.address) continue;
        if (!is_usb_1_or_2(other)) continue;
        companions.push_back(other.address);
        shares_ports = shares_ports || is_ehci(other);
    }
    return shares_ports ? companions : std::vector<PciAddress>{};
}

class Reading {
  public:
    Reading(const Root& root, Host& host) : root_(root), host_(host) {}

    /// All functions and groups, the trees below `whose`.
    Result<> everything(const std::vector<PciAddress>& whose) {
        std::vector<const Place*> places;
        for (const Place& place : host_.places) places.push_back(&place);
        host_.functions = TRY(read_functions(root_, places, &host_.unread));
        host_.groups = read_groups(root_);
        std::vector<const Place*> controllers;
        for (const Place& place : host_.places)
            if (is_usb_controller(place.class_code)) controllers.push_back(&place);
        read_fitness(controllers, true);
        return read_controllers(places_of({whose.begin(), whose.end()}));
    }

    /// The subjects, and what shares their groups and ports.
    Result<> subjects(const std::vector<PciAddress>& addresses) {
        std::set<PciAddress> wanted(addresses.begin(), addresses.end());
        for (const PciAddress& address : addresses) {
            const Place* const place = host_.place(address);
            if (place == nullptr) continue;
            for (const PciAddress& companion : companions_of(*place, host_.places))
                wanted.insert(companion);
            read_group_of(*place, wanted);
        }
        const auto places = places_of(wanted);
        host_.functions = TRY(read_functions(root_, places));
        const auto themselves = places_of({addresses.begin(), addresses.end()});
        read_fitness(themselves, false);
        return read_controllers(themselves);
    }

  private:
    std::vector<const Place*> places_of(const std::set<PciAddress>& addresses) const {
        std::vector<const Place*> places;
        for (const PciAddress& address : addresses)
            if (const Place* const place = host_.place(address)) places.push_back(place);
        return places;
    }

    void read_group_of(const Place& place, std::set<PciAddress>& wanted) {
        const auto number =
            number_in<int>(root_.link_name(place.sysfs + "/iommu_group").value_or(""));
        if (!number) return;
        if (host_.group(*number) == nullptr) host_.groups.push_back(read_group(root_, *number));
        const Group* const group = host_.group(*number);
        wanted.insert(group->functions.begin(), group->functions.end());
    }

    void read_fitness(const std::vector<const Place*>& places, bool everything) {
        FitnessReader reader(root_, host_.places);
        for (const Place* const place : places)
            if (const Function* const function = host_.function(place->address))
                host_.fitness[place->address] = reader.read(*function, everything);
    }

    /// What hangs below these functions, and the USB trees of the controllers among them.
    Result<> read_controllers(const std::vector<const Place*>& places) {
        host_.attached = TRY(read_attached(root_, places, host_.network));
        const auto counts = [](const Attached& attached) {
            return may_be_way_in(attached.carried);
        };
        if (std::ranges::any_of(host_.attached, counts))
            host_.ways_in = read_ways_in(root_, host_.command_line);
        const auto nodes = TRY(read_node_places(root_, places));
        std::ranges::move(read_peripherals(root_, nodes), std::back_inserter(host_.attached));
        host_.nodes = device_nodes(root_, nodes);
        const UsbBuses buses = read_usb_buses(root_, places);
        std::vector<const Place*> controllers;
        for (const Place* const place : places)
            if (host_.functions.contains(place->address) &&
                (controller_type(place->class_code) || buses.contains(place->address)))
                controllers.push_back(place);
        auto trees = read_usb_trees(root_, controllers, buses, host_.attached);
        for (std::size_t i = 0; i < controllers.size(); ++i) {
            // What has a bus is a controller, whatever its class says.
            const auto type = controller_type(controllers[i]->class_code);
            host_.controllers.push_back(
                {controllers[i]->address, type.value_or(Controller::Type::other),
                 companions_of(*controllers[i], host_.places), std::move(trees[i])});
        }
        return {};
    }

    const Root& root_;
    Host& host_;
};

}  // namespace

Result<Host> read_host(const Root& root, const Scope& scope) {
    Host host;
    host.places = TRY(read_places(root));
    host.command_line = root.attribute("proc/cmdline").value_or("");
    host.boot_id = root.attribute("proc/sys/kernel/random/boot_id").value_or("");
    host.iommu = read_iommu(root, host.command_line);
    host.ids_options = read_ids_options(root, host.command_line);
    host.module_loaded = root.exists("sys/bus/pci/drivers/vfio-pci");
    Reading reading(root, host);
    std::vector<PciAddress> subjects;
    if (scope.subjects)
        subjects = scope.subjects(host.places);
    else
        for (const Place& place : host.places) subjects.push_back(place.address);
    if (scope.everything)
        TRY(reading.everything(subjects));
    else
        TRY(reading.subjects(subjects));
    return host;
}

}  // namespace ctrlpass
