// SPDX-License-Identifier: GPL-2.0-or-later
#include "vfio/driver_names.hpp"

#include <doctest/doctest.h>

using namespace ctrlpass;

TEST_CASE("vfio-pci and its variants are vfio drivers") {
    for (const auto* name : {"vfio-pci", "mlx5_vfio_pci", "virtio-vfio-pci"})
        CHECK(is_vfio_driver(name));
    for (const auto* name : {"xhci_hcd", "pci-stub", "vfio", "vfio-pci2", ""})
        CHECK_FALSE(is_vfio_driver(name));
}

TEST_CASE("only drivers that leave DMA to their user may stay in a group that is given away") {
    for (const auto* name : {"vfio-pci", "mlx5_vfio_pci", "pcieport", "pci-stub"})
        CHECK(manages_its_dma(name));
    for (const auto* name : {"xhci_hcd", "shpchp", "snd_hda_intel"})
        CHECK_FALSE(manages_its_dma(name));
}
