// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <span>
#include <vector>

#include "iommu/host.hpp"
#include "iommu/root.hpp"

namespace ctrlpass {

/// What hangs below these places: disks with their uses, network links, input devices, sound
/// cards, cameras, serial ports, Bluetooth adapters, printers, raw HID devices. With a pointer or a
/// possible way in among them, every input device of the host as well, since the last one counts;
/// those that programs make do not. With a network link among them, `network` is read too. Errors:
/// the mounts or swaps cannot be read.
Result<std::vector<Attached>> read_attached(const Root& root, std::span<const Place* const> places,
                                            Network& network);

}  // namespace ctrlpass
