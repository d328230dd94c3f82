// SPDX-License-Identifier: GPL-2.0-or-later
// The driver core of the fake: drivers/base/{bus,dd}.c and drivers/pci/pci-driver.c of Linux 6.1,
// and the probes of vfio-pci and of the others as far as PCI goes.
#include <fnmatch.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <utility>

#include "iommu/number.hpp"
#include "tests/support/fake_kernel.hpp"
#include "vfio/driver_names.hpp"

namespace ctrlpass::tests {

namespace fs = std::filesystem;

namespace {

std::string read_attribute(const std::string& file) {
    std::ifstream stream(file, std::ios::binary);
    std::string line;
    std::getline(stream, line);
    return line;
}

std::vector<std::string> entries(const std::string& directory) {
    std::vector<std::string> names;
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(directory, ignored))
        names.push_back(entry.path().filename().string());
    std::ranges::sort(names);
    return names;
}

/// sysfs links are relative.
void link(const std::string& path, const std::string& target) {
    fs::create_directories(fs::path(path).parent_path());
    fs::create_symlink(fs::path(target).lexically_relative(fs::path(path).parent_path()), path);
}

/// bus_find_device_by_name() takes one newline at the end, nothing else around.
std::string_view without_newline(std::string_view text) {
    if (text.ends_with('\n')) text.remove_suffix(1);
    return text;
}

}  // namespace

/// The function's directory in full; its entry on the bus is a link.
std::string FakeKernel::device(const std::string& address) const {
    const fs::path entry = full("sys/bus/pci/devices/" + address);
    if (!fs::is_symlink(entry)) return entry.string();
    return (entry.parent_path() / fs::read_symlink(entry)).lexically_normal().string();
}

std::string FakeKernel::attribute(const std::string& address, const std::string& name) const {
    return read_attribute(device(address) + "/" + name);
}

std::optional<std::string> FakeKernel::driver_of(const std::string& address) const {
    const fs::path entry = device(address) + "/driver";
    if (!fs::is_symlink(entry)) return std::nullopt;
    return fs::read_symlink(entry).filename().string();
}

std::optional<int> FakeKernel::group_of(const std::string& address) const {
    const fs::path entry = device(address) + "/iommu_group";
    if (!fs::is_symlink(entry)) return std::nullopt;
    return number_in<int>(fs::read_symlink(entry).filename().string());
}

std::vector<std::string> FakeKernel::functions() const {
    return entries(full("sys/bus/pci/devices"));
}

bool FakeKernel::is_there(const std::string& address) const {
    return !address.empty() && std::ranges::binary_search(functions(), address);
}

bool FakeKernel::is_registered(const std::string& driver) const {
    return fs::exists(full("sys/bus/pci/drivers/" + driver));
}

FakeKernel::Outcome FakeKernel::perform(const std::string& path, std::string_view text) {
    const fs::path parts(path);
    const std::string file = parts.filename().string();
    const std::string parent = parts.parent_path().filename().string();
    const std::string above = parts.parent_path().parent_path().string();
    const bool of_driver = above == "sys/bus/pci/drivers" && (file == "bind" || file == "unbind");
    const bool of_function = above == "sys/bus/pci/devices" && file == "driver_override";
    const bool of_bus = path == "sys/bus/pci/drivers_probe";
    const bool of_interrupt = path.starts_with("proc/irq/") && file == "smp_affinity_list";
    if (!of_driver && !of_function && !of_bus && !of_interrupt)
        throw NotModelled("a write to " + path);
    if (!fs::exists(full(path))) return Failure{ENOENT};
    if (text.empty()) return {};  // sysfs_kf_write(): nothing to do, and 0 is no error

    if (of_interrupt) return place_interrupt(path, text);
    if (of_function) return set_override(parent, text);
    const std::string address(without_newline(text));
    if (!is_there(address)) return Failure{ENODEV};
    if (of_bus) return probe_any(address);
    return file == "bind" ? bind(parent, address) : unbind(parent, address);
}

FakeKernel::Outcome FakeKernel::set_override(const std::string& address, std::string_view text) {
    if (is_stuck(address)) return Failure{};
    if (text.size() >= 4095) return Failure{EINVAL};
    const std::string name(text.substr(0, text.find('\n')));
    std::ofstream(device(address) + "/driver_override", std::ios::binary)
        << (name.empty() ? "(null)" : name) << '\n';
    return {};
}

FakeKernel::Outcome FakeKernel::unbind(const std::string& driver, const std::string& address) {
    if (const auto hanging = hanging_.find(address); hanging != hanging_.end())
        return hanging->second == driver ? Failure{} : Failure{ENODEV};
    if (driver_of(address) != driver) return Failure{ENODEV};
    unlink_driver(driver, address);
    const auto group = group_of(address);
    if (is_vfio_driver(driver) && group && holders_.contains(*group)) {
        // The link goes first, then the driver waits for its last user with the lock held.
        hanging_[address] = driver;
        remember_hanging(address, "sys/bus/pci/drivers/" + driver + "/unbind");
        return Failure{};
    }
    later([this, address] { after_remove(address); });
    return {};
}

FakeKernel::Outcome FakeKernel::bind(const std::string& driver, const std::string& address) {
    if (!matches(driver, address)) return Failure{ENODEV};
    if (is_stuck(address)) return Failure{};
    if (driver_of(address)) return Failure{EBUSY};
    if (deferred_[address] > 0) {
        --deferred_[address];
        return Failure{EAGAIN};
    }
    return probe(driver, address);
}

FakeKernel::Outcome FakeKernel::probe_any(const std::string& address) {
    if (is_stuck(address)) return Failure{};
    if (driver_of(address)) return {};
    for (const auto& driver : entries(full("sys/bus/pci/drivers")))
        if (matches(driver, address) && !probe(driver, address)) return {};
    return {};  // __device_attach_driver() swallows what the probes say
}

/// pci_match_device(): an override shuts out every other driver and opens the named one.
bool FakeKernel::matches(const std::string& driver, const std::string& address) const {
    const std::string override_name = attribute(address, "driver_override");
    if (!override_name.empty() && override_name != "(null)") return override_name == driver;
    return is_its_kind(driver, address);
}

bool FakeKernel::is_its_kind(const std::string& driver, const std::string& address) const {
    if (is_vfio_driver(driver) || driver == "pci-stub") return false;
    if (const auto native = native_.find(address);
        native != native_.end() && native->second == driver)
        return true;
    const std::string modalias = attribute(address, "modalias");
    return std::ranges::any_of(modules_, [&](const auto& entry) {
        const FakeModule& module = entry.second;
        return module.driver == driver && !module.takes.empty() &&
               ::fnmatch(module.takes.c_str(), modalias.c_str(), 0) == 0;
    });
}

FakeKernel::Outcome FakeKernel::probe(const std::string& driver, const std::string& address) {
    const auto group = group_of(address);
    if (is_vfio_driver(driver)) {
        if (attribute(address, "class").starts_with("0x06")) return Failure{EINVAL};
        if (!group) return Failure{EINVAL};
        const std::string virtual_functions = attribute(address, "sriov_numvfs");
        if (!virtual_functions.empty() && virtual_functions != "0") return Failure{EBUSY};
    } else if (driver != "pci-stub") {
        if (!is_its_kind(driver, address))
            throw NotModelled(driver + " on " + address + ", which is not its kind");
        // iommu_device_use_default_domain()
        if (!manages_its_dma(driver) && group && holders_.contains(*group)) return Failure{EBUSY};
    }
    attach(driver, address);
    return {};
}

void FakeKernel::attach(const std::string& driver, const std::string& address) {
    const std::string directory = full("sys/bus/pci/drivers/" + driver);
    link(device(address) + "/driver", directory);
    link(directory + "/" + address, device(address));
    later([this, driver, address] {
        if (!is_vfio_driver(driver)) {
            if (is_its_kind(driver, address)) give_usb_back(address);
        } else if (const auto group = group_of(address)) {
            make_node(*group);
        }
    });
}

void FakeKernel::unlink_driver(const std::string& driver, const std::string& address) {
    fs::remove(device(address) + "/driver");
    fs::remove(full("sys/bus/pci/drivers/" + driver + "/" + address));
}

/// What a driver takes with it.
void FakeKernel::after_remove(const std::string& address) {
    put_usb_aside(address);
    if (const auto group = group_of(address)) drop_node(*group);
}

/// The trees below the root hubs go, and every link of sysfs that leads there.
void FakeKernel::put_usb_aside(const std::string& address) {
    for (const auto& name : entries(device(address))) {
        if (!name.starts_with("usb") || fs::is_symlink(device(address) + "/" + name)) continue;
        const std::string hub = device(address) + "/" + name;
        if (!fs::is_directory(hub)) continue;
        for (const auto* tree : {"sys/bus", "sys/class", "sys/block", "sys/dev"}) {
            if (!fs::exists(full(tree))) continue;
            for (const auto& entry : fs::recursive_directory_iterator(full(tree))) {
                if (!entry.is_symlink()) continue;
                const auto text = fs::read_symlink(entry);
                const auto to = (entry.path().parent_path() / text).lexically_normal().string();
                if (to == hub || to.starts_with(hub + "/"))
                    links_aside_[address].emplace_back(entry.path().string(), text.string());
            }
        }
        fs::create_directories(aside_ + "/" + address);
        fs::rename(hub, aside_ + "/" + address + "/" + name);
    }
    for (const auto& [path, text] : links_aside_[address]) fs::remove(path);
}

void FakeKernel::give_usb_back(const std::string& address) {
    for (const auto& name : entries(aside_ + "/" + address))
        fs::rename(aside_ + "/" + address + "/" + name, device(address) + "/" + name);
    for (const auto& [path, text] : std::exchange(links_aside_[address], {}))
        fs::create_symlink(text, path);
}

void FakeKernel::make_node(int group) {
    if (!nodes_come_) return;
    fs::create_directories(full("dev/vfio"));
    std::ofstream(full("dev/vfio/" + std::to_string(group))).flush();
}

void FakeKernel::drop_node(int group) {
    for (const auto& address : functions())
        if (group_of(address) == group && is_vfio_driver(driver_of(address).value_or(""))) return;
    fs::remove(full("dev/vfio/" + std::to_string(group)));
}

void FakeKernel::vanish(const std::string& address) {
    if (const auto driver = driver_of(address)) unlink_driver(*driver, address);
    after_remove(address);
    const std::string directory = device(address);
    if (const auto group = group_of(address))
        fs::remove(
            full("sys/kernel/iommu_groups/" + std::to_string(*group) + "/devices/" + address));
    fs::remove(full("sys/bus/pci/devices/" + address));
    fs::remove_all(directory);
}

}  // namespace ctrlpass::tests
