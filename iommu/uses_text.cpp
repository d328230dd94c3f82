// SPDX-License-Identifier: GPL-2.0-or-later
// Uses of disks and links in words, for inspect and for the findings.
#include "iommu/host.hpp"

namespace ctrlpass {

namespace {

std::string text_of(const DiskLayer& layer) {
    const std::string made_of = layer.file.empty() ? "" : " (file " + layer.file + ")";
    switch (layer.kind) {
        case DiskLayer::Kind::btrfs:
            return "the btrfs of " + layer.name;
        case DiskLayer::Kind::zfs:
            return "the zfs pool " + layer.name;
        case DiskLayer::Kind::lvm:
            if (layer.name.empty()) return "a physical volume of LVM";
            if (layer.name.front() != '/') return "the LVM volume group " + layer.name;
            break;
        case DiskLayer::Kind::bcache:
            if (layer.name.empty()) return "a cache or a disk of bcache";
            break;
        case DiskLayer::Kind::overlay:
            return "the overlay over " + layer.name;
        case DiskLayer::Kind::file:
            return "the file " + layer.name;
        case DiskLayer::Kind::lio:
            return "the LIO target " + layer.name + made_of;
        case DiskLayer::Kind::nvmet:
            return "the NVMe target " + layer.name + made_of;
        case DiskLayer::Kind::gadget:
            return "the USB gadget " + layer.name + made_of;
        case DiskLayer::Kind::scst:
            return "the SCST target " + layer.name + made_of;
        default:
            break;
    }
    return layer.name + made_of;
}

/// The block device is what the last layer is made of, and carries nothing.
bool is_backing(const DiskLayer& layer) {
    using Kind = DiskLayer::Kind;
    return layer.kind == Kind::lio || layer.kind == Kind::nvmet || layer.kind == Kind::gadget ||
           layer.kind == Kind::scst || layer.kind == Kind::zram;
}

/// What is built upon it: the last layer, and before that those that are made of files.
std::string layers_text(const DiskUse& use) {
    if (use.layers.size() == 1 && is_backing(use.layers[0]) && use.layers[0].file.empty())
        return " is the backing device of " + text_of(use.layers[0]);
    std::string text;
    for (std::size_t i = 0; i < use.layers.size(); ++i) {
        const DiskLayer& layer = use.layers[i];
        const bool shown = i + 1 == use.layers.size() || !layer.file.empty() ||
                           layer.kind == DiskLayer::Kind::overlay;
        if (shown) text += (text.empty() ? " carries " : " and ") + text_of(layer);
    }
    return text;
}

std::string namespace_text(const DiskUse& use) {
    if (!use.process) return {};
    return " in the mount namespace of " + use.process->name + " (pid " +
           std::to_string(use.process->pid) + ")";
}

}  // namespace

std::string to_string(const DiskUse& use) {
    const std::string carrier = use.node + layers_text(use);
    switch (use.kind) {
        case DiskUse::Kind::mount:
            return carrier + " mounted on " + use.where + namespace_text(use);
        case DiskUse::Kind::swap:
            return carrier + (use.layers.empty() ? " is swapped to" : ", which is swapped to");
        case DiskUse::Kind::listed:
            return carrier + (use.layers.empty() ? " is named in " : ", which is named in ") +
                   use.where;
        case DiskUse::Kind::maybe_listed:
            return use.node + ": " + use.where;
        case DiskUse::Kind::doubted:
        case DiskUse::Kind::unknown:
            return use.where;
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
        case LinkUse::Kind::remote:
            return use.what + beside;
        case LinkUse::Kind::upper:
            break;
    }
    return "carries " + use.link;
}

}  // namespace ctrlpass
