// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "iommu/host.hpp"
#include "iommu/root.hpp"

namespace ctrlpass {

/// Address, class and path of every PCI function, sorted. One that vanishes meanwhile is left out.
/// Errors: there is no PCI bus.
Result<std::vector<Place>> read_places(const Root& root);

/// The details of these functions; those that vanish are left out. An attribute that is there and
/// is not understood is an error, or costs its function alone where `unread` takes the reason.
Result<std::map<PciAddress, Function>> read_functions(
    const Root& root, std::span<const Place* const> places,
    std::map<PciAddress, std::string>* unread = nullptr);

/// What the text of a driver_override means, with or without its newline: "(null)" and an empty
/// line are none.
std::optional<std::string> override_in(std::string text);

/// The members of one IOMMU group.
Group read_group(const Root& root, int number);
/// Every IOMMU group, by number.
std::vector<Group> read_groups(const Root& root);

}  // namespace ctrlpass
