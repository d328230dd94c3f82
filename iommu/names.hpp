// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>

#include "iommu/address.hpp"

struct pci_access;  // of libpci

namespace ctrlpass {

/// "Advanced Micro Devices, Inc. [AMD] Matisse USB 3.0 Host Controller" from pci.ids by libpci, ""
/// where it is not known. libpci is used for names only: its bus scan calls exit(1) when an entry
/// vanishes.
class PciNames {
  public:
    PciNames();
    PciNames(const PciNames&) = delete;
    PciNames& operator=(const PciNames&) = delete;
    ~PciNames();
    std::string name(const PciId& id) const;

  private:
    ::pci_access* access_;
};

}  // namespace ctrlpass
