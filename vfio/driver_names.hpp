// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string_view>

namespace ctrlpass {

/// vfio-pci and its variants, which all end alike: mlx5_vfio_pci, virtio-vfio-pci.
constexpr bool is_vfio_driver(std::string_view driver) {
    return driver.ends_with("vfio-pci") || driver.ends_with("vfio_pci");
}

/// The drivers that do not keep a group from being given away: they do no DMA of their own, or
/// leave it to their user (`driver_managed_dma` in the kernel's sources). Every other driver on a
/// function of the group does.
constexpr bool manages_its_dma(std::string_view driver) {
    return is_vfio_driver(driver) || driver == "pcieport" || driver == "pci-stub";
}

}  // namespace ctrlpass
