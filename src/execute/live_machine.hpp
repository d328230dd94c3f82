// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "iommu/root.hpp"
#include "src/execute/disk.hpp"
#include "src/execute/machine.hpp"
#include "src/plan/gather.hpp"
#include "vfio/kernel.hpp"

namespace ctrlpass {

/// The machine below us: bindings and modules by the kernel, definitions by libvirt, files.
class LiveMachine final : public Machine {
  public:
    LiveMachine(const Root& root, Kernel& kernel, GuestHosts& guests, Disk& disk)
        : root_(root), kernel_(kernel), guests_(guests), disk_(disk) {}

    Result<State> read(const Setting& setting) override;
    Result<> write(const Setting& setting, const State& state) override;
    Result<std::string> definition(const DomainRef& domain) override;
    Result<> tidy(const DomainRef& domain, const std::string& original) override;

  private:
    const Root& root_;
    Kernel& kernel_;
    GuestHosts& guests_;
    Disk& disk_;
};

}  // namespace ctrlpass
