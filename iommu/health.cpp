// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/health.hpp"

#include <algorithm>
#include <array>

#include "iommu/lines.hpp"
#include "iommu/module_options.hpp"
#include "iommu/platform.hpp"

namespace ctrlpass {

namespace {

std::vector<std::string> lines_in(const Root& root, const std::string& path) {
    return lines_of(root.read(path, 1U << 20U).value_or(""));
}

Distribution read_distribution(const Root& root) {
    Distribution distribution;
    auto lines = lines_in(root, "etc/os-release");
    if (lines.empty()) lines = lines_in(root, "usr/lib/os-release");
    for (const std::string& line : lines) {
        const auto equals = line.find('=');
        if (equals == line.npos) continue;
        const std::string key = line.substr(0, equals);
        const std::string value = unquoted(line.substr(equals + 1));
        if (key == "ID") distribution.id = value;
        if (key == "ID_LIKE") distribution.like = fields_of(value);
        if (key == "PRETTY_NAME") distribution.name = value;
    }
    return distribution;
}

/// Lines of modprobe.d about how vfio and the host's USB drivers are loaded.
std::vector<ConfigLine> read_module_lines(const Root& root) {
    constexpr std::array verbs{"install", "softdep"};
    std::vector<ConfigLine> found;
    for (const std::string& file : modprobe_files(root)) {
        const std::string text = root.read(file, 1U << 20U).value_or("");
        for (const auto& [number, line] : modprobe_lines(text)) {
            const auto words = fields_of(line);
            if (words.size() < 3 || std::ranges::find(verbs, words[0]) == verbs.end()) continue;
            if (line.find("vfio") != line.npos) found.push_back({"/" + file, line});
        }
    }
    return found;
}

void read_modules(const Root& root, Health& health) {
    health.release = root.attribute("proc/sys/kernel/osrelease").value_or("");
    for (const std::string& release : root.names("lib/modules")) {
        if (release == health.release)
            health.has_modules = true;
        else if (root.exists("lib/modules/" + release + "/modules.dep"))
            health.other_releases.push_back(release);
    }
    for (const char* const module : {"vfio-pci", "vfio_iommu_type1"})
        health.modules[module] = find_module(root, health.release, module);
    health.xhci_built_in = is_built_in(root, health.release, "xhci_pci");
    health.module_lines = read_module_lines(root);
    health.initramfs_lines = read_initramfs_lines(root);
    std::erase_if(health.initramfs_lines,
                  [](const ConfigLine& line) { return line.text.find("vfio") == line.text.npos; });
}

void read_boot(const Root& root, Health& health) {
    const Distribution& distribution = health.distribution;
    health.boot =
        read_boot_files(root, distribution.is_like("debian") || distribution.is_like("ubuntu"));
    health.efi = root.exists("sys/firmware/efi");
    // The mode in brackets is the one at work: "none [integrity] confidentiality".
    if (const auto modes = root.attribute("sys/kernel/security/lockdown")) {
        const auto open = modes->find('[');
        const auto close = modes->find(']');
        if (open != modes->npos && close != modes->npos && open < close)
            health.lockdown = modes->substr(open + 1, close - open - 1);
    }
    // Four bytes of attributes, then the value (Documentation/filesystems/efivarfs.rst).
    const auto variable =
        root.read("sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c");
    if (variable && variable->size() == 5) health.secure_boot = variable->back() == 1;
}

std::vector<ThunderboltDomain> read_thunderbolt(const Root& root) {
    const std::string devices = "sys/bus/thunderbolt/devices";
    std::vector<ThunderboltDomain> domains;
    for (const std::string& name : root.names(devices)) {
        if (!name.starts_with("domain")) continue;
        ThunderboltDomain domain{name, {}, {}};
        domain.security = root.attribute(devices + "/" + name + "/security").value_or("");
        if (const auto on = root.attribute(devices + "/" + name + "/iommu_dma_protection"))
            domain.dma_protection = *on == "1";
        domains.push_back(std::move(domain));
    }
    return domains;
}

/// A service of systemd has a cgroup while it runs, in the unified or in the hybrid hierarchy.
bool is_running(const Root& root, const std::string& service) {
    const std::string unit = "system.slice/" + service + ".service";
    return root.exists("sys/fs/cgroup/" + unit) || root.exists("sys/fs/cgroup/systemd/" + unit);
}

void read_tools(const Root& root, Health& health) {
    for (const std::string& file : root.names("etc/driverctl.d"))
        if (file.starts_with("pci-"))
            health.driverctl[file.substr(4)] =
                root.attribute("etc/driverctl.d/" + file).value_or("");
    for (const char* const daemon : {"libvirtd", "virtqemud"})
        health.has_libvirt = health.has_libvirt || root.exists(std::string("usr/sbin/") + daemon) ||
                             root.exists(std::string("usr/bin/") + daemon);
    health.usbguard = is_running(root, "usbguard");
    health.irqbalance = is_running(root, "irqbalance");
}

}  // namespace

bool Distribution::is_like(const std::string& which) const {
    return id == which || std::ranges::find(like, which) != like.end();
}

Health read_health(const Root& root) {
    Health health;
    health.distribution = read_distribution(root);
    health.processor = read_processor(root);
    read_modules(root, health);
    read_boot(root, health);
    health.vfio_node.there = root.exists("dev/vfio/vfio");
    health.vfio_node.mode = root.mode("dev/vfio/vfio");
    health.thunderbolt = read_thunderbolt(root);
    read_tools(root, health);
    return health;
}

}  // namespace ctrlpass
