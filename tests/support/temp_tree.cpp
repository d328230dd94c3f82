// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/support/temp_tree.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace ctrlpass::tests {

namespace fs = std::filesystem;

TempDir::TempDir() {
    std::string pattern = (fs::temp_directory_path() / "ctrlpass-test-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary directory");
    path_ = pattern;
}

TempDir::~TempDir() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

TempTree::TempTree() {
    for (const auto* directory : {"sys/bus/pci/devices", "sys/bus/pci/drivers", "proc", "dev"})
        fs::create_directories(fs::path(this->directory()) / directory);
    file("sys/bus/pci/drivers_probe", "");
}

Root TempTree::root() const {
    auto root = Root::open(directory());
    if (!root) throw std::runtime_error(root.error().what);
    return std::move(*root);
}

void TempTree::file(const std::string& path, const std::string& text) const {
    const auto full = fs::path(directory()) / path;
    fs::create_directories(full.parent_path());
    std::ofstream(full, std::ios::binary) << text;
}

void TempTree::link(const std::string& path, const std::string& target) const {
    const auto full = fs::path(directory()) / path;
    fs::create_directories(full.parent_path());
    fs::create_symlink(target, full);
}

std::string TempTree::read(const std::string& path) const {
    return root().attribute(path).value_or("");
}

void TempTree::driver(const std::string& name) const {
    for (const auto* entry : {"bind", "unbind", "new_id", "remove_id"})
        file("sys/bus/pci/drivers/" + name + "/" + entry, "");
}

void TempTree::function(const TreeFunction& function) const {
    const auto& address = function.address;
    const std::string directory = "sys/devices/pci0000:00/" + address;
    file(directory + "/class", function.class_code + "\n");
    file(directory + "/modalias", function.modalias + "\n");
    file(directory + "/driver_override", function.override_name + "\n");
    link("sys/bus/pci/devices/" + address, "../../../devices/pci0000:00/" + address);
    if (function.driver) {
        driver(*function.driver);
        link(directory + "/driver", "../../../bus/pci/drivers/" + *function.driver);
        link("sys/bus/pci/drivers/" + *function.driver + "/" + address,
             "../../../../devices/pci0000:00/" + address);
    }
    if (function.group) {
        const std::string group = "sys/kernel/iommu_groups/" + std::to_string(*function.group);
        link(directory + "/iommu_group",
             "../../../kernel/iommu_groups/" + std::to_string(*function.group));
        link(group + "/devices/" + address, "../../../../devices/pci0000:00/" + address);
    }
}

void TempTree::usb_bus(const std::string& address, int number) const {
    const std::string hub = "usb" + std::to_string(number);
    const std::string device = std::to_string(number) + "-1";
    const std::string directory = "sys/devices/pci0000:00/" + address + "/" + hub;
    file(directory + "/serial", address + "\n");
    file(directory + "/" + device + "/product", "Keyboard\n");
    link("sys/bus/usb/devices/" + hub, "../../../devices/pci0000:00/" + address + "/" + hub);
    link("sys/bus/usb/devices/" + device,
         "../../../devices/pci0000:00/" + address + "/" + hub + "/" + device);
}

}  // namespace ctrlpass::tests
