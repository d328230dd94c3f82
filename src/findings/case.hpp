// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <set>
#include <string>

#include "iommu/host.hpp"
#include "vfio/holders.hpp"

namespace ctrlpass {

/// What the judges look at. `taken` is every function that the host has given away when the whole
/// plan is done, whoever wants it.
struct Case {
    const Host& host;
    const Holders& holders;
    const std::set<PciAddress>& taken;
    std::string profile;  ///< "" in inspect
    /// SSH_CONNECTION of whoever called ctrlpass: addresses and ports of both ends; "" without.
    std::string ssh_connection = {};
};

}  // namespace ctrlpass
