// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <memory>
#include <string>

#include "src/guests/libvirt_session.hpp"

namespace ctrlpass {

/// A domain of a session, freed when its owner goes. Every function here may block for ever.
using DomainHandle = std::unique_ptr<virDomain, decltype(&virDomainFree)>;
DomainHandle own_domain(const LibvirtSession& session, virDomainPtr domain);

/// The domain, where it has a definition that outlives the running guest.
Result<DomainHandle> look_up(const LibvirtSession& session, const DomainRef& ref);

/// `flags` are of virDomainXMLFlags.
Result<std::string> read_xml(const LibvirtSession& session, const DomainHandle& domain,
                             unsigned flags);

/// Validated, or libvirt would silently drop what it does not know.
Result<> define(const LibvirtSession& session, const std::string& what, const std::string& xml,
                unsigned flags = VIR_DOMAIN_DEFINE_VALIDATE);

}  // namespace ctrlpass
