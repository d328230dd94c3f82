// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "iommu/foreign_rules.hpp"
#include "iommu/host.hpp"
#include "iommu/overriders.hpp"
#include "iommu/root.hpp"

namespace ctrlpass {

/// What the kernel, the firmware and other tools have to say about a function that is to go to a
/// guest. A few small reads for each, and once the files of other tools that may bind it.
class FitnessReader {
  public:
    FitnessReader(const Root& root, const std::vector<Place>& places)
        : root_(root),
          places_(places),
          rules_(root),
          overriders_(root, rules_),
          foreign_(root, rules_) {}
    /// `everything`: also what would bind a function that vfio-pci has already.
    Fitness read(const Function& function, bool everything);

  private:
    const std::vector<const Place*>& host_interfaces();

    const Root& root_;
    const std::vector<Place>& places_;
    UdevRuleFiles rules_;
    OverriderReader overriders_;
    ForeignRuleReader foreign_;
    /// Thunderbolt and USB4 host interfaces, looked for once.
    std::optional<std::vector<const Place*>> host_interfaces_;
};

}  // namespace ctrlpass
