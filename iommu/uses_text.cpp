// SPDX-License-Identifier: GPL-2.0-or-later
// Uses of disks and links in words, for inspect and for the findings.
#include "iommu/host.hpp"

namespace ctrlpass {

namespace {

std::string text_of(const DiskLayer& layer) {
    switch (layer.kind) {
        case DiskLayer::Kind::btrfs:
            return "the btrfs of " + layer.name;
        case DiskLayer::Kind::zfs:
            return "the zfs pool " + layer.name;
        case DiskLayer::Kind::lvm:
            if (layer.name.empty()) return "a physical volume of LVM";
            if (layer.name.front() != '/') return "the LVM volume group " + layer.name;
            break;
        default:
            break;
    }
    return layer.name;
}

std::string namespace_text(const DiskUse& use) {
    if (!use.process) return {};
    return " in the mount namespace of " + use.process->name + " (pid " +
           std::to_string(use.process->pid) + ")";
}

}  // namespace

std::string to_string(const DiskUse& use) {
    std::string carrier =
        use.node + (use.layers.empty() ? "" : " carries " + text_of(use.layers.back()));
    switch (use.kind) {
        case DiskUse::Kind::mount:
            return carrier + " mounted on " + use.where + namespace_text(use);
        case DiskUse::Kind::swap:
            return carrier + (use.layers.empty() ? " is swapped to" : ", which is swapped to");
        case DiskUse::Kind::listed:
            return carrier + (use.layers.empty() ? " is named in " : ", which is named in ") +
                   use.where;
        case DiskUse::Kind::layer:
            break;
    }
    return carrier;
}

std::string to_string(const LinkUse& use, const std::string& of) {
    const std::string beside = use.link == of ? "" : " (" + use.link + ")";
    switch (use.kind) {
        case LinkUse::Kind::address:
            return "address " + use.what + beside;
        case LinkUse::Kind::default_route:
            return "the default route" + beside;
        case LinkUse::Kind::route:
            return "route to " + use.what + beside;
        case LinkUse::Kind::member:
            return "port of " + (use.what.empty() ? "" : use.what + " ") + use.link;
        case LinkUse::Kind::upper:
            break;
    }
    return "carries " + use.link;
}

}  // namespace ctrlpass
