// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/findings/judge_disks.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "src/render/text.hpp"

namespace ctrlpass {

namespace {

/// Without these the host does not start again, or not with all that it has.
bool is_of_the_system(const std::string& mount_point) {
    constexpr std::array<std::string_view, 5> points{"/", "/boot", "/boot/efi", "/efi", "/usr"};
    return std::ranges::find(points, mount_point) != points.end();
}

std::string_view code_of(const DiskUse& use) {
    switch (use.kind) {
        case DiskUse::Kind::swap:
            return "swap-disk";
        case DiskUse::Kind::listed:
            return "fstab-disk";
        case DiskUse::Kind::layer:
            return "disk-in-use";
        case DiskUse::Kind::mount:
            break;
    }
    if (!use.process && is_of_the_system(use.where)) return "root-disk";
    return use.layers.empty() ? "mounted-disk" : "disk-in-use";
}

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
            return "echo 1 > " + shell_word("/sys/block/" + name + "/bcache/stop");
        case DiskLayer::Kind::loop:
            return "losetup -d " + shell_word(layer.name);
        case DiskLayer::Kind::zfs:
            return "zpool export " + shell_word(layer.name);
        case DiskLayer::Kind::btrfs:
        case DiskLayer::Kind::other:
            break;
    }
    return {};
}

/// From the top down; nothing where the table's words are all that can be said.
std::string hint_of(const DiskUse& use, const std::vector<std::string>& mount_points) {
    if (use.kind == DiskUse::Kind::listed || code_of(use) == "root-disk") return {};
    const bool pool = !use.layers.empty() && use.layers.back().kind == DiskLayer::Kind::zfs;
    std::vector<std::string> commands;
    const std::string there =
        use.process ? "nsenter -t " + std::to_string(use.process->pid) + " -m " : "";
    if (use.kind == DiskUse::Kind::swap)
        commands.push_back("swapoff " +
                           shell_word(use.layers.empty() ? use.node : use.layers.back().name));
    if (use.kind == DiskUse::Kind::mount && !pool)
        for (const std::string& point : mount_points)
            commands.push_back(there + "umount " + shell_word(point));
    for (auto layer = use.layers.rbegin(); layer != use.layers.rend(); ++layer)
        if (const auto command = command_against(*layer, layer + 1 == use.layers.rend());
            !command.empty())
            commands.push_back(command);
    if (commands.empty()) commands.push_back("lsblk " + shell_word(use.node));
    std::string hint = use.process ? "Stop the container or the service first, or unmount it there:"
                       : use.kind == DiskUse::Kind::swap ? "Switch it off first:"
                       : use.kind == DiskUse::Kind::mount && use.layers.empty()
                           ? "Unmount it first:"
                           : "Stop what is built on it first:";
    for (const std::string& command : commands) hint += "\n    " + command;
    return hint;
}

/// A disk that is mounted in several places, or twice, is told once.
bool are_told_together(const DiskUse& a, const DiskUse& b) {
    return a.kind == DiskUse::Kind::mount && b.kind == a.kind && a.node == b.node &&
           a.layers == b.layers && a.process == b.process && code_of(a) == code_of(b);
}

void judge_uses(const Case& facts, const Place& place, const std::vector<DiskUse>& uses,
                std::vector<Finding>& findings) {
    for (auto use = uses.begin(); use != uses.end(); ++use) {
        const auto together = [&](const DiskUse& other) { return are_told_together(*use, other); };
        if (std::any_of(uses.begin(), use, together)) continue;
        std::vector<std::string> points;
        for (const DiskUse& other : uses)
            if (together(other)) points.push_back(other.where);
        DiskUse all = *use;
        if (!points.empty()) all.where = joined(points);
        findings.push_back(make_finding(facts.profile, code_of(*use), to_string(place.address),
                                        printable(to_string(all)), hint_of(*use, points)));
    }
}

}  // namespace

std::vector<Finding> judge_disks(const Case& facts, const Place& place) {
    std::vector<Finding> findings;
    for (const Attached& attached : facts.host.attached)
        if (is_below(attached.sysfs, place))
            judge_uses(facts, place, attached.carried.uses, findings);
    return findings;
}

}  // namespace ctrlpass
