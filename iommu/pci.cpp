// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/pci.hpp"

#include <unistd.h>

#include <algorithm>

#include "iommu/bridge_path.hpp"
#include "iommu/lines.hpp"
#include "iommu/number.hpp"
#include "iommu/slow.hpp"
#include "iommu/stuck.hpp"

namespace ctrlpass {

namespace {

const std::string devices = "sys/bus/pci/devices/";
constexpr std::uint32_t highest_class = 0xffffff;
const std::string groups = "sys/kernel/iommu_groups";
const std::string virtual_functions = "/sriov_numvfs";

/// An attribute of a function that must be a hexadecimal number.
template <typename T>
Result<T> hex_attribute(const Root& root, const std::string& path) {
    auto text = root.read(path);
    if (!text) return std::unexpected(text.error());
    if (text->ends_with('\n')) text->pop_back();
    const std::string_view digits = *text;
    const auto value = number_in<T>(digits.substr(digits.starts_with("0x") ? 2 : 0), 16);
    if (!value) return fail("cannot understand /" + path, "'" + text->substr(0, 40) + "'");
    return *value;
}

Result<PciId> read_id(const Root& root, const std::string& vendor, const std::string& device) {
    PciId id;
    id.vendor = TRY(hex_attribute<std::uint16_t>(root, vendor));
    id.device = TRY(hex_attribute<std::uint16_t>(root, device));
    return id;
}

/// Its mode is 0400. Root to whom it is denied all the same has not proven anything.
void read_serial(const Root& root, const std::string& path, Function& function) {
    auto text = root.read(path);
    if (text) {
        if (text->ends_with('\n')) text->pop_back();
        if (!text->empty()) function.serial = std::move(*text);
    } else {
        function.serial_hidden = text.error().trouble == Trouble::denied && ::geteuid() != 0;
    }
}

/// The override and the number of virtual functions are read apart: they may block.
Result<Function> read_function(const Root& root, const Place& place) {
    const std::string here = place.sysfs + "/";
    Function function;
    function.place = place;
    function.id = TRY(read_id(root, here + "vendor", here + "device"));
    const auto subsystem = read_id(root, here + "subsystem_vendor", here + "subsystem_device");
    if (subsystem && *subsystem != PciId{}) function.subsystem = *subsystem;
    function.driver = root.link_name(here + "driver");
    if (const auto group = root.link_name(here + "iommu_group"))
        function.group = number_in<int>(*group);
    if (const auto node = root.attribute(here + "numa_node")) {
        const auto number = number_in<int>(*node);
        if (number && *number >= 0) function.numa_node = number;
    }
    function.reset_methods = words_of(root.attribute(here + "reset_method").value_or(""));
    read_serial(root, here + "serial_number", function);
    return function;
}

}  // namespace

Result<std::vector<Place>> read_places(const Root& root) {
    std::vector<Place> places;
    BridgePaths paths(root);
    for (const std::string& name : TRY(root.list("sys/bus/pci/devices"))) {
        const auto address = parse_address(name);
        auto sysfs = root.resolve(devices + name);
        if (!address || !sysfs) continue;
        const auto class_code = hex_attribute<std::uint32_t>(root, *sysfs + "/class");
        if (!class_code && class_code.error().trouble == Trouble::missing) continue;
        std::string path = paths.of(*sysfs);
        // A class that makes no sense is nobody's who asks for a controller.
        const bool sound = class_code && *class_code <= highest_class;
        places.push_back(
            {*address, std::move(*sysfs), std::move(path), sound ? *class_code : unknown_class});
    }
    std::ranges::sort(places, {}, &Place::address);
    return places;
}

Result<std::map<PciAddress, Function>> read_functions(const Root& root,
                                                      std::span<const Place* const> places,
                                                      std::map<PciAddress, std::string>* unread) {
    const auto note = [&](const PciAddress& address, const Error& error) {
        if (unread == nullptr) return false;
        unread->emplace(address, error.what + (error.where.empty() ? "" : ": " + error.where));
        return true;
    };
    std::map<PciAddress, Function> functions;
    std::vector<std::string> slow_paths;
    const auto stuck_writes = read_stuck_writes(root);
    for (const Place* const place : places) {
        auto function = read_function(root, *place);
        if (!function && function.error().trouble == Trouble::missing) continue;
        if (!function && note(place->address, function.error())) continue;
        if (!function) return std::unexpected(function.error());
        function->stuck = stuck_writes.contains(place->address);
        const bool asked = !function->stuck;
        functions.emplace(place->address, std::move(*function));
        if (!asked) continue;
        slow_paths.push_back(place->sysfs + "/driver_override");
        if (root.exists(place->sysfs + virtual_functions))
            slow_paths.push_back(place->sysfs + virtual_functions);
    }
    const auto answers = read_slow(root, slow_paths);
    auto next = answers.begin();
    auto path_of_next = slow_paths.begin();
    for (const Place* const place : places) {
        const auto found = functions.find(place->address);
        if (found == functions.end() || found->second.stuck) continue;
        const auto& [text, stuck] = *next++;
        ++path_of_next;
        found->second.stuck = stuck;
        if (path_of_next != slow_paths.end() && *path_of_next == place->sysfs + virtual_functions) {
            const SlowText& number = *next++;
            ++path_of_next;
            found->second.stuck = stuck || number.stuck;
            found->second.virtual_functions =
                number_in<unsigned>(number.text.value_or("0")).value_or(0);
        }
        const std::string path = place->sysfs + "/driver_override";
        // Whose override it is must be known: what is there and says nothing is not "none".
        if (!text && !stuck && root.exists(path)) {
            Error error{"cannot read /" + path, "it is not readable, or too long", {}};
            if (!note(place->address, error)) return std::unexpected(std::move(error));
            functions.erase(found);
            continue;
        }
        if (text) found->second.override_name = override_in(*text);
    }
    return functions;
}

std::optional<std::string> override_in(std::string text) {
    if (text.ends_with('\n')) text.pop_back();
    if (text.empty() || text == "(null)") return std::nullopt;
    return text;
}

Group read_group(const Root& root, int number) {
    Group group{.number = number, .functions = {}};
    for (const std::string& name : root.names(groups + "/" + std::to_string(number) + "/devices"))
        if (const auto address = parse_address(name)) group.functions.push_back(*address);
    std::ranges::sort(group.functions);
    return group;
}

std::vector<Group> read_groups(const Root& root) {
    std::vector<Group> all;
    for (const std::string& name : root.names(groups))
        if (const auto number = number_in<int>(name)) all.push_back(read_group(root, *number));
    std::ranges::sort(all, {}, &Group::number);
    return all;
}

}  // namespace ctrlpass
