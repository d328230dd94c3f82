// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <chrono>
#include <string>

#include "iommu/descriptor.hpp"

namespace ctrlpass {

/// Tells whoever started this process that it has all it needs: systemd (Type=notify), or a
/// `ReadinessSocket`. See sd_notify(3).
void tell_readiness();

/// The other end, where systemd does not run: a process that is started while this lives finds it
/// in its environment.
class ReadinessSocket {
  public:
    static Result<ReadinessSocket> open();
    ReadinessSocket(ReadinessSocket&&) = default;
    ReadinessSocket& operator=(ReadinessSocket&&) = default;
    ReadinessSocket(const ReadinessSocket&) = delete;
    ReadinessSocket& operator=(const ReadinessSocket&) = delete;
    ~ReadinessSocket();

    /// Has a process of this user said so before the deadline?
    bool is_told(std::chrono::milliseconds deadline) const;

  private:
    explicit ReadinessSocket(Descriptor socket) : socket_(std::move(socket)) {}
    Descriptor socket_;
};

}  // namespace ctrlpass
