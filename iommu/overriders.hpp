// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

#include "iommu/host.hpp"
#include "iommu/root.hpp"
#include "iommu/udev_rules.hpp"

namespace ctrlpass {

/// Who sets a function's driver_override besides ctrlpass, now or at the next boot: driverctl's
/// memory, and rules of udev that could mean the function.
class OverriderReader {
  public:
    OverriderReader(const Root& root, UdevRuleFiles& files) : root_(root), files_(files) {}
    std::vector<Overrider> read(const Function& function);

  private:
    struct Rule {
        std::string place;  ///< /etc/udev/rules.d/10-usb.rules:2
        std::string text;
    };
    /// Those that name driver_override.
    const std::vector<Rule>& rules();

    const Root& root_;
    UdevRuleFiles& files_;
    std::optional<std::vector<Rule>> rules_;
};

/// Could this rule of udev (one logical line) mean the function? Keys that are not known here are
/// taken for fulfilled.
bool could_mean(const std::string& rule, const Function& function);

}  // namespace ctrlpass
