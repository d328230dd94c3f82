// SPDX-License-Identifier: GPL-2.0-or-later
// The rest of a machine: firmware, IOMMU, kernel, disks, input devices, mounts.
#include "tests/support/machine_tree_writer.hpp"

namespace ctrlpass::machine {

namespace {

/// As the kernel writes white space and backslashes in mountinfo and swaps.
std::string escaped(const std::string& path) {
    std::string text;
    for (const char c : path) {
        if (c == ' ')
            text += "\\040";
        else if (c == '\\')
            text += "\\134";
        else
            text += c;
    }
    return text;
}

void mount(const Writer& writer, const Json& block, const std::string& device) {
    const std::string name = block.at("name");
    const std::string node =
        block.contains("dm") ? "/dev/mapper/" + text_of(block, "dm") : "/dev/" + name;
    for (const auto& where : array_of(block, "mounts"))
        writer.append("proc/self/mountinfo",
                      "36 35 " + text_of(block, "mount_device", device) + " / " +
                          escaped(where.get<std::string>()) + " rw,relatime shared:1 - " +
                          text_of(block, "filesystem", "ext4") + " " + escaped(node) + " rw\n");
    if (flag_of(block, "swap"))
        writer.append("proc/swaps", "/dev/" + name + "  partition\t8388604\t0\t-2\n");
    for (const auto& link : array_of(block, "links"))
        writer.link_to("dev/" + link.get<std::string>(), "dev/" + name);
}

/// The parts that a disk, a partition and a mapped device have alike.
void build_block(const Writer& writer, const Json& block, const std::string& directory) {
    const std::string name = block.at("name");
    const std::string device = block.at("dev");
    writer.file(directory + "/dev", device + "\n");
    writer.file(directory + "/size", std::to_string(number_of(block, "sectors", 2048)) + "\n");
    writer.make_directory(directory + "/holders");
    writer.make_directory(directory + "/slaves");
    for (const auto& holder : array_of(block, "holders"))
        writer.link_to(directory + "/holders/" + holder.get<std::string>(),
                       "sys/devices/virtual/block/" + holder.get<std::string>());
    writer.link_to("sys/class/block/" + name, directory);
    writer.link_to(directory + "/subsystem", "sys/class/block");
    if (block.contains("dm")) writer.file(directory + "/dm/name", text_of(block, "dm") + "\n");
    if (block.contains("dm_uuid"))
        writer.file(directory + "/dm/uuid", text_of(block, "dm_uuid") + "\n");
    const Json udev = block.value("udev", Json::object());
    for (const auto& [key, value] : udev.items())
        writer.append("run/udev/data/b" + device,
                      "E:" + key + "=" + value.get<std::string>() + "\n");
    mount(writer, block, device);
}

/// "sys/devices/pci0000:00", with the link to its firmware node.
void build_roots(const Writer& writer, const Json& machine) {
    int number = 0;
    const Json roots = machine.value("roots", Json::object());
    for (const auto& [root, acpi] : roots.items()) {
        const std::string node = "sys/devices/LNXSYSTM:00/LNXSYBUS:00/PNP0A08:0";
        const std::string home = node + std::to_string(number++);
        writer.file(home + "/path", acpi.get<std::string>() + "\n");
        writer.link_to("sys/devices/" + root + "/firmware_node", home);
    }
}

void build_iommu(const Writer& writer, const Json& machine) {
    const bool intel = text_of(machine, "cpu", "amd") == "intel";
    const std::string state = text_of(machine, "iommu", "on");
    writer.make_directory("sys/class/iommu");
    writer.make_directory("sys/kernel/iommu_groups");
    writer.make_directory("sys/firmware/acpi/tables");
    if (state == "on" || state == "off-on-command-line")
        writer.file(std::string("sys/firmware/acpi/tables/") + (intel ? "DMAR" : "IVRS"), "");
    if (state == "on") {
        const std::string unit = intel ? "dmar0" : "ivhd0";
        writer.make_directory("sys/devices/virtual/iommu/" + unit);
        writer.link_to("sys/class/iommu/" + unit, "sys/devices/virtual/iommu/" + unit);
    }
    const char* const virtualization = intel ? " vmx" : " svm";
    writer.file("proc/cpuinfo", std::string("processor\t: 0\nflags\t\t: fpu vme") +
                                    (state == "absent" ? "" : virtualization) + " lm\n");
    const bool remapping = flag_of(machine, "interrupt_remapping", state == "on");
    const std::string chip = remapping ? "IR-" : "";
    writer.file("proc/interrupts", "           CPU0\n   9:          0  " + chip +
                                       "IO-APIC    9-fasteoi   acpi\n  27:          3  " + chip +
                                       "PCI-MSI 2097152-edge      xhci_hcd\nLOC:          9   "
                                       "Local timer interrupts\n");
}

void build_kernel(const Writer& writer, const Json& machine) {
    writer.file("proc/cmdline", text_of(machine, "command_line",
                                        "BOOT_IMAGE=/boot/vmlinuz root=/dev/nvme0n1p2 ro quiet") +
                                    "\n");
    writer.file("proc/sys/kernel/random/boot_id",
                text_of(machine, "boot_id", "6f1c2d3e-0000-4000-8000-000000000001") + "\n");
    writer.file("proc/self/mountinfo",
                "22 28 0:20 / /sys rw,nosuid - sysfs sysfs rw\n"
                "23 28 0:21 / /proc rw,nosuid - proc proc rw\n");
    writer.file("proc/swaps", "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n");
    for (const auto& module : array_of(machine, "modules"))
        writer.file("sys/module/" + module.get<std::string>() + "/initstate", "live\n");
    for (const char* kind : {"block", "net", "input", "sound", "tty", "video4linux", "hidraw"})
        writer.make_directory(std::string("sys/class/") + kind);
    // The links of other machines are hung below their functions, by `net` of a USB device.
    static const Json one_link = Json::parse(R"([{"name":"eth0"}])");
    const Json& links = machine.contains("net") ? machine.at("net") : one_link;
    for (const auto& link : links)
        build_net(writer, link, text_of(link, "below", "sys/devices/platform/gmac0"));
    const char* const listening =
        "   0: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0 0 1\n";
    writer.file("proc/net/tcp", std::string("  sl  local_address rem_address   st\n") +
                                    (flag_of(machine, "sshd", true) ? listening : ""));
    writer.make_directory("sys/block");
    writer.make_directory("dev/vfio");
}

}  // namespace

std::string in_class(const Writer& writer, const std::string& below, const std::string& kind,
                     const std::string& name) {
    const std::string directory = below + "/" + kind + "/" + name;
    writer.make_directory(directory);
    writer.link_to("sys/class/" + kind + "/" + name, directory);
    writer.link_to(directory + "/subsystem", "sys/class/" + kind);
    writer.link_to(directory + "/device", below);
    return directory;
}

void build_net(const Writer& writer, const Json& net, const std::string& below) {
    const auto directory = in_class(writer, below, "net", net.at("name"));
    writer.file(directory + "/address", text_of(net, "address", "00:11:22:33:44:55") + "\n");
    writer.file(directory + "/operstate", text_of(net, "operstate", "up") + "\n");
    if (net.contains("master"))
        writer.link_to(directory + "/master", "sys/devices/virtual/net/" + text_of(net, "master"));
    for (const auto& upper : array_of(net, "uppers"))
        writer.link_to(directory + "/upper_" + upper.get<std::string>(),
                       "sys/devices/virtual/net/" + upper.get<std::string>());
}

void build_disk(const Writer& writer, const Json& disk, const std::string& below) {
    const std::string name = disk.at("name");
    const std::string directory = below + "/block/" + name;
    build_block(writer, disk, directory);
    writer.link_to("sys/block/" + name, directory);
    int number = 1;
    for (const auto& part : array_of(disk, "partitions")) {
        const std::string home = directory + "/" + part.at("name").get<std::string>();
        build_block(writer, part, home);
        writer.file(home + "/partition", std::to_string(number++) + "\n");
    }
}

void build_input(const Writer& writer, const Json& input, const std::string& below) {
    const std::string name = input.at("name");
    const std::string directory = below + "/input/" + name;
    const bool keyboard = flag_of(input, "keyboard");
    const bool pointer = flag_of(input, "pointer");
    // As real devices show them: a keyboard, a mouse, both in one, a power button.
    std::string key = "10000000000000 0";
    if (keyboard) key = "1000000000007 ff9f207ac14057ff febeffdfffefffff fffffffffffffffe";
    if (pointer) key = "1f0000 0 0 0 0";
    if (keyboard && pointer) key = "1f0007 ff9f207ac14057ff febeffdfffefffff 0 fffffffffffffffe";
    writer.file(directory + "/name", text_of(input, "label", "Input Device") + "\n");
    writer.file(directory + "/capabilities/ev", pointer ? "17\n" : "120013\n");
    writer.file(directory + "/capabilities/key", text_of(input, "key", key) + "\n");
    writer.file(directory + "/capabilities/rel",
                text_of(input, "rel", pointer ? "1943" : "0") + "\n");
    writer.file(directory + "/capabilities/abs", text_of(input, "abs", "0") + "\n");
    writer.link_to("sys/class/input/" + name, directory);
    writer.link_to(directory + "/subsystem", "sys/class/input");
}

void build_process(const Writer& writer, const Json& process) {
    const std::string home = "proc/" + std::to_string(number_of(process, "pid", 1));
    writer.file(home + "/comm", text_of(process, "name", "program") + "\n");
    if (process.contains("guest"))
        writer.file(home + "/cmdline",
                    std::string("qemu\0-name\0guest=", 17) + text_of(process, "guest"));
    int descriptor = 3;
    for (const auto& node : array_of(process, "opens"))
        writer.link(home + "/fd/" + std::to_string(descriptor++), node.get<std::string>());
}

void build_host(const Writer& writer, const Json& machine) {
    build_roots(writer, machine);
    build_iommu(writer, machine);
    build_kernel(writer, machine);
    for (const auto& disk : array_of(machine, "disks"))
        build_disk(writer, disk, text_of(disk, "below", "sys/devices/virtual"));
    for (const auto& process : array_of(machine, "processes")) build_process(writer, process);
    for (const auto& input : array_of(machine, "inputs"))
        build_input(writer, input, text_of(input, "below", "sys/devices/platform/i8042/serio0"));
}

}  // namespace ctrlpass::machine
