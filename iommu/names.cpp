// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/names.hpp"

#include <array>

extern "C" {
#include <pci/pci.h>
}

namespace ctrlpass {

PciNames::PciNames() : access_(::pci_alloc()) {}

PciNames::~PciNames() { ::pci_cleanup(access_); }

std::string PciNames::name(const PciId& id) const {
    std::array<char, 256> buffer{};
    const char* const text =
        ::pci_lookup_name(access_, buffer.data(), static_cast<int>(buffer.size()),
                          PCI_LOOKUP_VENDOR | PCI_LOOKUP_DEVICE | PCI_LOOKUP_NO_NUMBERS,
                          int{id.vendor}, int{id.device});
    return text == nullptr ? "" : text;
}

}  // namespace ctrlpass
