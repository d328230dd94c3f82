// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/support/placement_case.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "iommu/cpu_list.hpp"
#include "tests/support/machine_tree.hpp"
#include "tests/support/machine_tree_writer.hpp"

namespace ctrlpass::tests {

namespace {

using machine::Json;

const std::string home = std::string(TESTS_DIR) + "/cpus/placements/";

CpuSet cpus_of(const Json& list) {
    const auto cpus = parse_cpu_list(list.get<std::string>());
    if (!cpus) machine::give_up("no list of CPUs: " + list.dump());
    return *cpus;
}

std::optional<CpuWish> wish_of(const Json& pin, const char* key) {
    if (!pin.contains(key)) return std::nullopt;
    if (pin.at(key) == "isolated") return CpuKind::isolated;
    if (pin.at(key) == "housekeeping") return CpuKind::housekeeping;
    return cpus_of(pin.at(key));
}

PinWish pin_wish_of(const Json& pin) {
    PinWish wish;
    if (pin.contains("vcpus") && pin.at("vcpus").is_array()) {
        std::vector<CpuSet> entries;
        for (const auto& entry : pin.at("vcpus")) entries.push_back(cpus_of(entry));
        wish.vcpus = entries;
    } else if (pin.contains("vcpus")) {
        wish.vcpus = std::get<CpuKind>(*wish_of(pin, "vcpus"));
    }
    wish.emulator = wish_of(pin, "emulator");
    wish.iothreads = wish_of(pin, "iothreads");
    wish.interrupts = wish_of(pin, "interrupts");
    return wish;
}

DomainCpus guest_of(const Json& guest) {
    DomainCpus cpus;
    cpus.vcpus = static_cast<unsigned>(machine::number_of(guest, "vcpus", 1));
    cpus.threads = static_cast<unsigned>(machine::number_of(guest, "threads", 1));
    for (const auto& id : machine::array_of(guest, "iothreads"))
        cpus.iothreads.insert(id.get<unsigned>());
    for (const auto& vcpu : machine::array_of(guest, "fifo"))
        cpus.fifo.insert(vcpu.get<unsigned>());
    if (guest.contains("emulator")) cpus.emulator_pin = cpus_of(guest.at("emulator"));
    return cpus;
}

Cpus host_of(const std::string& name, const std::string& isolated) {
    const MachineTree tree = MachineTree::with_cpus(name);
    tree.write("sys/devices/system/cpu/isolated", isolated + "\n");
    const auto root = Root::open(tree.directory());
    if (!root) machine::give_up("cannot open " + tree.directory());
    auto cpus = read_cpus(*root);
    if (!cpus) machine::give_up(cpus.error().what);
    return std::move(*cpus);
}

}  // namespace

PlacementCase placement_case(const std::string& name) {
    std::ifstream file(home + name + ".json");
    if (!file) machine::give_up("cannot read " + home + name + ".json");
    const Json json = Json::parse(file);
    PlacementCase result{.name = name,
                         .expected_path = home + name + ".txt",
                         .machine = machine::text_of(json, "machine"),
                         .host = {},
                         .guest = guest_of(json.at("guest")),
                         .wish = pin_wish_of(json.at("pin")),
                         .nodes = json.at("nodes").get<std::vector<int>>(),
                         .others = {}};
    result.host = host_of(result.machine, machine::text_of(json, "isolated"));
    const Json others = json.value("others", Json::object());
    for (const auto& [domain, cpus] : others.items()) result.others[domain] = cpus_of(cpus);
    return result;
}

std::vector<PlacementCase> read_placement_cases() {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(home))
        if (entry.path().extension() == ".json") names.push_back(entry.path().stem().string());
    std::ranges::sort(names);
    std::vector<PlacementCase> cases;
    for (const std::string& name : names) cases.push_back(placement_case(name));
    return cases;
}

bool isolate_as_told(Cpus& host, const std::string& hint) {
    const std::string words = "isolcpus=managed_irq,domain,";
    const auto begin = hint.find(words);
    if (begin == hint.npos) return false;
    const auto list = begin + words.size();
    const auto cpus = parse_cpu_list(hint.substr(list, hint.find(' ', list) - list));
    if (!cpus) machine::give_up("no list of CPUs in: " + hint);
    host.isolated = *cpus;
    return true;
}

}  // namespace ctrlpass::tests
