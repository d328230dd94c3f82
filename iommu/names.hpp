// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "iommu/address.hpp"

struct pci_access;

namespace ctrlpass {

/// "Advanced Micro Devices, Inc. [AMD] Matisse USB 3.0 Host Controller" from pci.ids by libpci, ""
/// where it is not known (the vendor alone where that is). libpci is used for names only: its bus
/// scan calls exit(1) when an entry vanishes.
class PciNames {
  public:
    PciNames();
    PciNames(const PciNames&) = delete;
    PciNames& operator=(const PciNames&) = delete;
    ~PciNames();
    std::string name(const PciId& id) const;

  private:
    std::string look_up(const PciId& id) const;

    pci_access* access_;
    /// pci.ids, where it can be cut (it is not compressed).
    std::string_view list_;
    mutable std::map<std::uint16_t, std::string_view> blocks_;  ///< of vendors that were asked for
    mutable std::map<PciId, std::string> known_;
};

}  // namespace ctrlpass
