// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

#include "iommu/health.hpp"

namespace ctrlpass {

/// The distributions whose commands are known; derivatives count by ID_LIKE.
enum class Family { debian, fedora, suse, arch, other };
Family family_of(const Distribution& distribution);

/// One thing to install, as each family calls it.
struct Package {
    std::string debian;
    std::string fedora;
    std::string suse;
    std::string arch;
    std::string other;  ///< in words, for everybody else
};

/// The exact commands and lines of files that mend something, for the distribution at hand. Hints:
/// commands and lines of files are indented by four.
class Remedies {
  public:
    explicit Remedies(const Health& health) : health_(health) {}

    std::string install(const Package& package) const;
    /// The modules of the running kernel are not all there.
    std::string install_modules() const;
    /// After a change to modprobe.d.
    std::string rebuild_initramfs() const;
    /// How to get into the firmware's setup; "" where the machine's manual says it.
    std::string firmware_setup() const;

  private:
    std::string install_in_deployment(const Package& package) const;

    const Health& health_;
};

}  // namespace ctrlpass
