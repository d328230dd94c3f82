// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/findings/disk_remedies.hpp"

#include "src/render/text.hpp"

namespace ctrlpass {

namespace {

/// "vg0" of "/dev/mapper/vg0-home", where a dash within a name is doubled.
std::string group_of_volume(const std::string& node) {
    const std::string name = node.substr(node.rfind('/') + 1);
    std::string group;
    for (std::size_t i = 0; i < name.size(); ++i) {
        if (name[i] != '-') {
            group += name[i];
        } else if (name.substr(i, 2) == "--") {
            group += name[i++];
        } else {
            return group;
        }
    }
    return group;
}

std::string command_against_lvm(const DiskLayer& layer, bool lowest) {
    // An exported physical volume does not count any more; one within a crypt goes with that.
    const bool active = layer.name.starts_with('/');
    if (!active && !lowest) return {};
    if (layer.name.empty()) return "pvs -o pv_name,vg_name\n    vgexport VG";
    if (!active) return "vgexport " + shell_word(layer.name);
    const std::string group = shell_word(group_of_volume(layer.name));
    return "vgchange -an " + group + (lowest ? " && vgexport " + group : "");
}

/// "block" of "iblock_0/usbdisk", as targetcli calls the kinds of its stores.
std::string store_of(const std::string& name) {
    const std::string kind = name.substr(0, name.find('_'));
    return kind == "iblock" ? "block" : kind;
}

/// `lowest`: it stands upon the disk itself.
std::string command_against(const DiskLayer& layer, bool lowest) {
    const std::string name = layer.name.substr(layer.name.rfind('/') + 1);
    switch (layer.kind) {
        case DiskLayer::Kind::crypt:
            return "cryptsetup close " + shell_word(name);
        case DiskLayer::Kind::lvm:
            return command_against_lvm(layer, lowest);
        case DiskLayer::Kind::md:
            return "mdadm --stop " + shell_word(layer.name);
        case DiskLayer::Kind::multipath:
            return "multipath -f " + shell_word(name);
        case DiskLayer::Kind::bcache:
            if (layer.name.empty()) return "ls /sys/fs/bcache\n    lsblk";
            return "echo 1 > " + shell_word("/sys/block/" + name + "/bcache/stop");
        case DiskLayer::Kind::loop:
            return "losetup -d " + shell_word(layer.name);
        case DiskLayer::Kind::zfs:
            return "zpool export " + shell_word(layer.name);
        case DiskLayer::Kind::lio:
            return "targetcli /backstores/" + shell_word(store_of(layer.name)) + " delete " +
                   shell_word(name);
        case DiskLayer::Kind::nvmet:
            return "echo 0 > " + shell_word("/sys/kernel/config/nvmet/subsystems/" +
                                            layer.name.substr(0, layer.name.rfind('/')) +
                                            "/namespaces/" + name + "/enable");
        case DiskLayer::Kind::gadget:
            return "echo > " + shell_word("/sys/kernel/config/usb_gadget/" + layer.name + "/file");
        case DiskLayer::Kind::scst:
            return "scstadmin -close_dev " + shell_word(layer.name);
        case DiskLayer::Kind::zram:
            return "zramctl --reset " + shell_word(layer.name);
        case DiskLayer::Kind::drbd:
            return "drbdadm status";
        case DiskLayer::Kind::file:
        case DiskLayer::Kind::overlay:
        case DiskLayer::Kind::btrfs:
        case DiskLayer::Kind::other:
            break;
    }
    return {};
}

/// What is swapped to: a file, a mapped device, or the disk itself.
std::string swap_of(const DiskUse& use) {
    return use.layers.empty() ? use.node : use.layers.back().name;
}

std::string heading_of(const DiskUse& use) {
    if (use.process) return "Stop the container or the service first, or unmount it there:";
    if (use.kind == DiskUse::Kind::swap) return "Switch it off first:";
    if (use.kind == DiskUse::Kind::mount && use.layers.empty()) return "Unmount it first:";
    return "Stop what is built on it first:";
}

}  // namespace

std::string disk_remedy(const DiskUse& use, const std::vector<std::string>& mount_points) {
    const bool pool = !use.layers.empty() && use.layers.back().kind == DiskLayer::Kind::zfs;
    std::vector<std::string> commands;
    const std::string there =
        use.process ? "nsenter -t " + std::to_string(use.process->pid) + " -m " : "";
    if (use.kind == DiskUse::Kind::swap) commands.push_back("swapoff " + shell_word(swap_of(use)));
    if (use.kind == DiskUse::Kind::mount && !pool)
        for (const std::string& point : mount_points)
            commands.push_back(there + "umount " + shell_word(point));
    for (auto layer = use.layers.rbegin(); layer != use.layers.rend(); ++layer)
        if (const auto command = command_against(*layer, layer + 1 == use.layers.rend());
            !command.empty())
            commands.push_back(command);
    if (commands.empty()) commands.push_back("lsblk " + shell_word(use.node));
    std::string hint = heading_of(use);
    for (const std::string& command : commands) hint += "\n    " + command;
    return hint;
}

}  // namespace ctrlpass
