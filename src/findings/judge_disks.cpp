// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/findings/judge_disks.hpp"

#include <algorithm>
#include <string_view>

#include "src/findings/disk_remedies.hpp"
#include "src/findings/table_remedies.hpp"
#include "src/render/text.hpp"

namespace ctrlpass {

namespace {

std::string_view code_of(const DiskUse& use) {
    switch (use.kind) {
        case DiskUse::Kind::swap:
            return "swap-disk";
        case DiskUse::Kind::listed:
        case DiskUse::Kind::maybe_listed:
            return "fstab-disk";
        case DiskUse::Kind::layer:
            return "disk-in-use";
        case DiskUse::Kind::unknown:
            return "not-known";
        case DiskUse::Kind::doubted:
            return use.of_system ? "root-disk" : "disk-in-use";
        case DiskUse::Kind::mount:
            break;
    }
    if (use.of_system) return "root-disk";
    return use.layers.empty() ? "mounted-disk" : "disk-in-use";
}

/// Not from a file system of its own, but from files on this one.
bool is_through_files(const DiskUse& use) {
    return use.of_system && std::ranges::any_of(use.layers, [](const DiskLayer& layer) {
               return !layer.file.empty() || layer.kind == DiskLayer::Kind::overlay ||
                      layer.kind == DiskLayer::Kind::file;
           });
}

/// "" where the table's words are all that can be said. `of_root`: the host runs from this disk,
/// and then nothing on it has to be unmounted: another controller has to be chosen.
std::string hint_of(const DiskUse& use, const std::vector<std::string>& mount_points,
                    bool of_root) {
    if (code_of(use) == "fstab-disk") return table_remedy(use);
    if (code_of(use) == "root-disk") return {};
    if (use.kind == DiskUse::Kind::unknown)
        return "apply asks the kernel before it changes anything.";
    if (of_root) return "Choose another controller: the host runs from a disk below this one.";
    if (use.kind == DiskUse::Kind::doubted)
        return "Ask who uses it:\n    lsblk " + shell_word(use.node);
    return disk_remedy(use, mount_points);
}

/// A disk that is mounted in several places, or twice, is told once.
bool are_told_together(const DiskUse& a, const DiskUse& b) {
    return a.kind == DiskUse::Kind::mount && b.kind == a.kind && a.node == b.node &&
           a.layers == b.layers && a.process == b.process && code_of(a) == code_of(b) &&
           !b.carries_system;
}

void judge_uses(const Case& facts, const Place& place, const std::vector<DiskUse>& uses,
                bool of_root, std::vector<Finding>& findings) {
    for (auto use = uses.begin(); use != uses.end(); ++use) {
        // Told with what stands on its files: nobody can unmount it before that.
        if (use->carries_system) continue;
        const auto together = [&](const DiskUse& other) { return are_told_together(*use, other); };
        if (std::any_of(uses.begin(), use, together)) continue;
        std::vector<std::string> points;
        for (const DiskUse& other : uses)
            if (together(other)) points.push_back(other.where);
        DiskUse all = *use;
        if (!points.empty()) all.where = joined(points);
        const std::string through = is_through_files(*use) ? ": the host runs from this disk" : "";
        findings.push_back(make_finding(facts.profile, code_of(*use), to_string(place.address),
                                        printable(to_string(all)) + through,
                                        hint_of(*use, points, of_root)));
    }
}

}  // namespace

std::vector<Finding> judge_disks(const Case& facts, const Place& place) {
    // What only starts it, as /boot/efi, is no reason to keep the rest of the disk.
    const auto is_root = [](const DiskUse& use) {
        return use.of_system && !use.where.starts_with("/boot") && use.where != "/efi";
    };
    bool of_root = false;
    for (const Attached& attached : facts.host.attached)
        of_root = of_root || (is_below(attached.sysfs, place) &&
                              std::ranges::any_of(attached.carried.uses, is_root));
    std::vector<Finding> findings;
    for (const Attached& attached : facts.host.attached)
        if (is_below(attached.sysfs, place))
            judge_uses(facts, place, attached.carried.uses, of_root, findings);
    return findings;
}

}  // namespace ctrlpass
