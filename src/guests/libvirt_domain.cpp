// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/guests/libvirt_domain.hpp"

#include <cstdlib>

#include "src/guests/libvirt_error.hpp"

namespace ctrlpass {

DomainHandle own_domain(const LibvirtSession& session, virDomainPtr domain) {
    return {domain, session.api.virDomainFree};
}

Result<std::string> read_xml(const LibvirtSession& session, const DomainHandle& domain,
                             unsigned flags) {
    const std::unique_ptr<char, decltype(&std::free)> xml(
        session.api.virDomainGetXMLDesc(domain.get(), flags), std::free);
    if (!xml) return libvirt_failure(session.api, "cannot read the definition of a domain");
    return std::string(xml.get());
}

Result<DomainHandle> look_up(const LibvirtSession& session, const DomainRef& ref) {
    const auto& api = session.api;
    auto domain = own_domain(
        session, ref.uuid.empty()
                     ? api.virDomainLookupByName(session.connection, ref.name.c_str())
                     : api.virDomainLookupByUUIDString(session.connection, ref.uuid.c_str()));
    if (!domain) return libvirt_failure(api, "cannot find the domain " + ref.name);
    const int persistent = api.virDomainIsPersistent(domain.get());
    if (persistent < 0) return libvirt_failure(api, "cannot look at the domain " + ref.name);
    if (persistent == 0)
        return fail("cannot find the definition of " + ref.name,
                    "the domain is transient: it ends with the running guest", {},
                    Trouble::missing);
    return domain;
}

Result<> define(const LibvirtSession& session, const std::string& what, const std::string& xml,
                unsigned flags) {
    const auto domain = own_domain(
        session, session.api.virDomainDefineXMLFlags(session.connection, xml.c_str(), flags));
    if (!domain) return libvirt_failure(session.api, what);
    return {};
}

}  // namespace ctrlpass
