// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "iommu/host.hpp"
#include "iommu/overriders.hpp"
#include "iommu/root.hpp"

namespace ctrlpass {

/// What the kernel, the firmware and other tools have to say about a function that is to go to a
/// guest. A few small reads for each, and once the rules of udev.
class FitnessReader {
  public:
    FitnessReader(const Root& root, const std::vector<Place>& places)
        : root_(root), places_(places), overriders_(root) {}
    Fitness read(const Function& function);

  private:
    const std::vector<const Place*>& host_interfaces();

    const Root& root_;
    const std::vector<Place>& places_;
    OverriderReader overriders_;
    /// Thunderbolt and USB4 host interfaces, looked for once.
    std::optional<std::vector<const Place*>> host_interfaces_;
};

}  // namespace ctrlpass
