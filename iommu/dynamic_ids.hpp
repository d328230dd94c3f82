// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "iommu/host.hpp"

namespace ctrlpass {

/// An entry of `vfio-pci.ids=`, as the kernel keeps it (struct pci_device_id).
struct DynamicId {
    static constexpr std::uint32_t any = 0xffffffff;  ///< PCI_ANY_ID
    std::uint32_t vendor = any;
    std::uint32_t device = any;
    std::uint32_t subvendor = any;
    std::uint32_t subdevice = any;
    std::uint32_t class_code = 0;
    std::uint32_t class_mask = 0;
    bool operator==(const DynamicId&) const = default;
};

/// VENDOR:DEVICE[:SUBVENDOR[:SUBDEVICE[:CLASS[:MASK]]]], each field as sscanf's %x reads it
/// (drivers/vfio/pci/vfio_pci.c vfio_pci_fill_ids): any number of digits, 0x before them, and what
/// follows the last field that can be read does not count. Nothing where there are fewer than two.
std::optional<DynamicId> parse_dynamic_id(std::string_view entry);

/// The entries of the whole option. One that is longer than the kernel's buffer is refused by it.
std::vector<DynamicId> parse_dynamic_ids(std::string_view ids);

/// Would the driver take the function (drivers/pci/pci.h pci_match_one_device)? Of a function
/// whose class cannot be read, the class is taken for fitting.
bool matches(const DynamicId& id, const Function& function);

/// Which functions the entry means: "every 1b21:2142 of boards 1849:2142".
std::string to_string(const DynamicId& id);

}  // namespace ctrlpass
