// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <span>
#include <string>
#include <vector>

#include "iommu/host.hpp"
#include "iommu/root.hpp"

namespace ctrlpass {

/// A device that has a node in /dev, as sysfs has it.
struct NodePlace {
    std::string sysfs;      ///< where it belongs in the tree of devices
    std::string home;       ///< where its attributes are; another place for displays of evdi
    std::string subsystem;  ///< "dvb", "scsi_tape", "block"
    std::string number;     ///< "212:0"

    std::string name() const { return sysfs.substr(sysfs.rfind('/') + 1); }
    /// Of ".../1-2:1.0/dvb/dvb0.demux0" the device that was made for: ".../1-2:1.0".
    std::string device() const;
};

/// Everything below these places that has a node, whatever its class: found in the tree of devices
/// itself, since no list of classes is whole. Root hubs are left out. Errors: there is more below
/// than any machine has.
Result<std::vector<NodePlace>> read_node_places(const Root& root,
                                                std::span<const Place* const> places);

}  // namespace ctrlpass
