// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "iommu/result.hpp"
#include "iommu/root.hpp"
#include "vfio/irqbalance_socket.hpp"

namespace ctrlpass {

/// Has a running irqbalance leave interrupts alone, and knows which it did already for others.
class SparedInterrupts {
  public:
    explicit SparedInterrupts(const Root& root,
                              std::string directory = IrqbalanceSocket::usual_directory)
        : root_(root), directory_(std::move(directory)) {}

    /// These, besides what it leaves alone anyway. Nothing is said to it when that is so already.
    Result<> spare(const std::vector<int>& interrupts);
    /// As if they had never been asked for.
    Result<> put_back();

  private:
    Result<> tell(const std::set<int>& wanted);

    const Root& root_;
    std::string directory_;  ///< of its socket
    int process_ = 0;        ///< the irqbalance that was told: another one knows nothing
    std::string started_;
    std::set<int> wanted_;
    std::set<int> ours_;  ///< of them, those that nobody else had it leave alone
};

}  // namespace ctrlpass
