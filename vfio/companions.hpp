// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

#include "iommu/address.hpp"
#include "iommu/root.hpp"
#include "vfio/kernel.hpp"

namespace ctrlpass {

/// The UHCI, OHCI and EHCI functions of a slot must not meet on different sides. When a host driver
/// takes one of them, or EHCI's lets go of one, the kernel goes through the others and takes the
/// driver data of each for a USB host controller's (drivers/usb/core/hcd-pci.c,
/// for_each_companion): that of vfio-pci is none, and the kernel crashes. So companions on VFIO are
/// unbound for that moment.
class ParkedCompanions {
  public:
    /// Unbinds those that would be mistaken, when `address` goes from one driver to another. None
    /// of them is touched while somebody holds one (EBUSY).
    static Result<ParkedCompanions> park(const Root& root, Kernel& kernel,
                                         const PciAddress& address, const std::string& from,
                                         const std::string& to);

    /// Back to their VFIO drivers; their overrides have not changed.
    Result<> put_back();

  private:
    struct One {
        std::string name;
        std::string driver;
    };
    explicit ParkedCompanions(Kernel& kernel) : kernel_(&kernel) {}

    Kernel* kernel_;
    std::vector<One> parked_;
};

}  // namespace ctrlpass
