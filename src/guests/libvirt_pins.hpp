// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include "src/guests/libvirt_session.hpp"

namespace ctrlpass {

/// What `GuestHost` promises of `pin` and `set_pin`. Each may block for ever.
Result<std::optional<CpuSet>> read_pin(const LibvirtSession& session, const DomainRef& domain,
                                       const GuestThread& thread);
Result<> write_pin(const LibvirtSession& session, const DomainRef& domain,
                   const GuestThread& thread, const std::optional<CpuSet>& cpus);

}  // namespace ctrlpass
