// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/environment.hpp"

#include <array>
#include <cstdlib>
#include <utility>

#include "iommu/lines.hpp"
#include "iommu/platform.hpp"

namespace ctrlpass {

namespace {

/// A short name from a file of somebody else's.
std::string short_word(const std::string& text) {
    const auto words = words_of(text);
    constexpr std::size_t longest = 32;
    return words.empty() ? "" : words.front().substr(0, longest);
}

/// By the marks of https://systemd.io/CONTAINER_INTERFACE and of the managers themselves.
Environment read_container(const Root& root) {
    Environment found;
    const auto is = [&](const std::string& name, const std::string& evidence) {
        found = {Environment::Kind::container, name, evidence};
        return found;
    };
    for (const char* const file : {"run/systemd/container", "run/host/container-manager"})
        if (const auto name = root.attribute(file))
            return is(short_word(*name), "/" + std::string(file));
    if (root.exists("run/.containerenv")) return is("podman", "/run/.containerenv");
    if (root.exists(".dockerenv")) return is("docker", "/.dockerenv");
    if (root.exists("dev/.lxc")) return is("lxc", "/dev/.lxc");
    for (const std::string& mount :
         lines_of(root.read("proc/self/mountinfo", longest_table).value_or("")))
        if (mount.contains(" /proc/cpuinfo ") && mount.contains(" - fuse.lxcfs "))
            return is("lxc", "lxcfs on /proc/cpuinfo");
    if (root.exists("proc/vz") && !root.exists("proc/bc")) return is("openvz", "/proc/vz");
    return found;
}

/// Bit 11 of the features tells dom0 where xenfs is not mounted (XENFEAT_dom0, Xen's
/// public/features.h).
std::string evidence_of_dom0(const Root& root) {
    const auto type = root.attribute("sys/hypervisor/type");
    if (!type || *type != "xen") return {};
    const std::string of_type = "/sys/hypervisor/type is \"xen\", ";
    if (root.attribute("proc/xen/capabilities").value_or("").find("control_d") != std::string::npos)
        return of_type + "/proc/xen/capabilities has control_d";
    constexpr unsigned long dom0 = 1UL << 11U;
    const std::string features = root.attribute("sys/hypervisor/properties/features").value_or("0");
    if ((std::strtoul(features.c_str(), nullptr, 16) & dom0) != 0)
        return of_type + "/sys/hypervisor/properties/features has dom0";
    return {};
}

std::string name_of_hypervisor(const Root& root) {
    if (root.attribute("sys/hypervisor/type") == "xen") return "Xen";
    if (root.attribute("proc/sys/kernel/osrelease").value_or("").find("microsoft") !=
        std::string::npos)
        return "WSL";
    const std::string dmi = root.attribute("sys/class/dmi/id/sys_vendor").value_or("") + " " +
                            root.attribute("sys/class/dmi/id/product_name").value_or("");
    constexpr std::array<std::pair<const char*, const char*>, 8> known{
        {{"VMware", "VMware"},
         {"VirtualBox", "VirtualBox"},
         {"QEMU", "QEMU"},
         {"KVM", "QEMU"},
         {"OpenStack", "QEMU"},
         {"oVirt", "QEMU"},
         {"Virtual Machine", "Hyper-V"},
         {"Amazon EC2", "Amazon EC2"}}};
    for (const auto& [mark, name] : known)
        if (dmi.find(mark) != dmi.npos) return name;
    return {};
}

Environment read_guest(const Root& root) {
    const std::string name = name_of_hypervisor(root);
    const auto is = [&](const char* const evidence) {
        return Environment{Environment::Kind::guest, name, evidence};
    };
    if (has_cpu_flag(root, "hypervisor")) return is("/proc/cpuinfo has the flag hypervisor");
    if (name == "Xen") return is("/sys/hypervisor/type is \"xen\"");
    // Where the processor has no such flag (not x86), the firmware's name of the machine tells.
    if (name == "QEMU") return is("/sys/class/dmi/id names QEMU");
    return {};
}

}  // namespace

Environment read_environment(const Root& root) {
    const Environment container = read_container(root);
    if (container.kind == Environment::Kind::container) return container;
    const std::string dom0 = evidence_of_dom0(root);
    if (!dom0.empty()) return {Environment::Kind::xen_dom0, "Xen", dom0};
    return read_guest(root);
}

}  // namespace ctrlpass
