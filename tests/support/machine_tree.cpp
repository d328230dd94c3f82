// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/support/machine_tree.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <utility>

#include "tests/support/machine_tree_writer.hpp"

namespace ctrlpass {

namespace fs = std::filesystem;
using machine::Json;
using machine::Writer;

namespace {

Json read_description(const std::string& name) {
    const std::string path = std::string(TESTS_DIR) + "/" + name + ".json";
    std::ifstream file(path);
    if (!file) machine::give_up("cannot read " + path);
    return Json::parse(file);
}

}  // namespace

nlohmann::ordered_json machine_description(const std::string& name) {
    return read_description("machines/" + name);
}

void build_machine(const std::string& directory, const nlohmann::ordered_json& description) {
    const Writer writer(directory);
    machine::build_host(writer, description);
    machine::build_functions(writer, description);
    machine::build_usb(writer, description);
    if (description.contains("cpus"))
        machine::build_cpus(writer,
                            read_description("cpus/" + machine::text_of(description, "cpus")));
    const Json files = description.value("files", Json::object());
    const Json links = description.value("links", Json::object());
    for (const auto& [path, text] : files.items()) writer.file(path, text.get<std::string>());
    for (const auto& [path, target] : links.items()) writer.link(path, target.get<std::string>());
}

namespace {

/// Thousands of small files: in memory where there is a place for them.
fs::path temporary_parent() {
    const bool chosen = std::getenv("TMPDIR") != nullptr;
    if (!chosen && ::access("/dev/shm", W_OK) == 0) return "/dev/shm";
    return fs::temp_directory_path();
}

}  // namespace

MachineTree::MachineTree() {
    std::string pattern = (temporary_parent() / "ctrlpass-machine-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) machine::give_up("cannot make " + pattern);
    directory_ = pattern;
}

MachineTree::MachineTree(MachineTree&& other) noexcept
    : directory_(std::exchange(other.directory_, {})) {}

MachineTree& MachineTree::operator=(MachineTree&& other) noexcept {
    std::swap(directory_, other.directory_);
    return *this;
}

MachineTree::~MachineTree() {
    if (directory_.empty()) return;
    std::error_code ignored;
    fs::remove_all(directory_, ignored);
}

MachineTree MachineTree::from(const nlohmann::ordered_json& description) {
    MachineTree tree;
    build_machine(tree.directory_, description);
    return tree;
}

MachineTree MachineTree::from(const std::string& json) { return from(Json::parse(json)); }
MachineTree MachineTree::load(const std::string& name) { return from(machine_description(name)); }
MachineTree MachineTree::with_cpus(const std::string& name) {
    return from(Json{{"cpus", name}, {"functions", Json::array()}});
}
MachineTree MachineTree::of_size(std::size_t count) { return from(large_machine(count)); }

void MachineTree::write(const std::string& path, const std::string& text) const {
    Writer(directory_).file(path, text);
}

void MachineTree::link(const std::string& path, const std::string& text) const {
    Writer(directory_).link(path, text);
}

void MachineTree::remove(const std::string& path) const {
    std::error_code ignored;
    fs::remove_all(directory_ + "/" + path, ignored);
}

nlohmann::ordered_json large_machine(std::size_t count) {
    // Eight functions on a bus, the first of them the bridge above; 1024 functions in a domain.
    Json functions = Json::array();
    for (std::size_t i = 0; i < count; ++i) {
        const unsigned domain = static_cast<unsigned>(i / 1024);
        const unsigned bus = static_cast<unsigned>(i % 1024 / 8);
        const unsigned function = i % 8;
        char address[24];
        char path[96];
        const unsigned slot = bus / 8;
        if (function == 0) {
            std::snprintf(address, sizeof address, "%04x:00:%02x.%x", domain, slot, bus % 8);
            std::snprintf(path, sizeof path, "sys/devices/pci%04x:00/%s", domain, address);
        } else {
            std::snprintf(address, sizeof address, "%04x:%02x:00.%x", domain, bus + 1, function);
            std::snprintf(path, sizeof path, "sys/devices/pci%04x:00/%04x:00:%02x.%x/%s", domain,
                          domain, slot, bus % 8, address);
        }
        const bool usb = i % 64 == 1;
        const std::string driver = function == 0 ? "pcieport" : usb ? "xhci_hcd" : "nvme";
        functions.push_back({{"address", address},
                             {"path", path},
                             {"class", function == 0 ? "060400"
                                       : usb         ? "0c0330"
                                                     : "010802"},
                             {"id", function == 0 ? "8086:2030"
                                    : usb         ? "1b73:1100"
                                                  : "144d:a808"},
                             {"subsystem", "144d:a801"},
                             {"driver", driver},
                             {"group", static_cast<long>(i)},
                             {"numa", static_cast<long>(i % 2)}});
    }
    return {{"cpu", "intel"}, {"functions", functions}, {"terse", true}};
}

}  // namespace ctrlpass
