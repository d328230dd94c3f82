// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "iommu/host.hpp"
#include "iommu/root.hpp"

namespace ctrlpass {

/// Who sets a function's driver_override besides ctrlpass, now or at the next boot: driverctl's
/// memory, and rules of udev that could mean the function.
class OverriderReader {
  public:
    explicit OverriderReader(const Root& root) : root_(root) {}
    std::vector<Overrider> read(const Function& function);

  private:
    struct Rule {
        std::string place;  ///< /etc/udev/rules.d/10-usb.rules:2
        std::string text;
    };
    /// Those that name driver_override; the files are read once.
    const std::vector<Rule>& rules();

    const Root& root_;
    std::optional<std::vector<Rule>> rules_;
};

/// Could this rule of udev (one logical line) mean the function? Keys that are not known here are
/// taken for fulfilled.
bool could_mean(const std::string& rule, const Function& function);

}  // namespace ctrlpass
