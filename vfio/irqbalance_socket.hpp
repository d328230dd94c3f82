// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <set>
#include <string>

#include "iommu/result.hpp"

namespace ctrlpass {

/// The interrupts that a running irqbalance leaves alone because it was told so at run time
/// (irqbalance(1), SOCKET COMMANDS). It forgets them when it ends.
class IrqbalanceSocket {
  public:
    static constexpr auto usual_directory = "/run/irqbalance";
    explicit IrqbalanceSocket(int process, std::string directory = usual_directory);

    Result<std::set<int>> banned() const;
    /// Makes it exactly these.
    Result<> ban(const std::set<int>& interrupts) const;

  private:
    Result<std::string> ask(const std::string& message) const;
    int process_;
    std::string directory_;
};

}  // namespace ctrlpass
