// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "src/plan/setting.hpp"

namespace ctrlpass {

/// The machine as settings that are read and written: what the executor works on.
class Machine {
  public:
    virtual ~Machine() = default;

    virtual Result<State> read(const Setting& setting) = 0;

    /// Brings the setting to the state, from its present one or from any state that an interrupted
    /// write left. Does not read back; the executor does.
    virtual Result<> write(const Setting& setting, const State& state) = 0;

    /// The persistent definition of the domain, secrets included. A domain that is not there any
    /// more is `missing`.
    virtual Result<std::string> definition(const DomainRef& domain) = 0;

    /// Called when hostdevs or pins were taken out of the domain: removes the root ports that are
    /// not in the definition `original` and are empty, and the ids of I/O threads that libvirt
    /// spelled out; where nothing else differs from it, the definition
    /// becomes exactly `original` again. Does nothing where there is nothing to do, and where the
    /// domain is gone.
    virtual Result<> tidy(const DomainRef& domain, const std::string& original) = 0;
};

}  // namespace ctrlpass
