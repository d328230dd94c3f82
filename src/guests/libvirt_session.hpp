// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "src/guests/guests.hpp"
#include "src/guests/libvirt_api.hpp"

namespace ctrlpass {

/// A connection as a value that a worker thread takes a copy of: the copies outlive the caller
/// when a call never comes back. Every function here may block for ever.
struct LibvirtSession {
    LibvirtApi api;
    virConnectPtr connection = nullptr;
    std::string uri;
};

/// Opens for writing, or for reading only where libvirt lets everybody do that and us no more.
Result<LibvirtSession> open_session(const LibvirtApi& api, const std::string& uri);
Result<> close_session(const LibvirtSession& session);

/// What `GuestHost` promises of each. A domain that is only running (transient) has no
/// definition: it is `missing` for all but `list_domains`.
Result<std::vector<Domain>> list_domains(const LibvirtSession& session);
Result<std::string> read_version(const LibvirtSession& session);
Result<std::optional<std::string>> read_hostdev(const LibvirtSession& session,
                                                const DomainRef& domain, const PciAddress& address);
Result<> write_hostdev(const LibvirtSession& session, const DomainRef& domain,
                       const PciAddress& address, const std::optional<std::string>& xml);
Result<std::string> read_definition(const LibvirtSession& session, const DomainRef& domain);
Result<> tidy_definition(const LibvirtSession& session, const DomainRef& domain,
                         const std::string& original);

}  // namespace ctrlpass
