// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/guests/libvirt_session.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "src/guests/definition_names.hpp"
#include "src/guests/domain_cpus.hpp"
#include "src/guests/domain_xml.hpp"
#include "src/guests/libvirt_domain.hpp"
#include "src/guests/libvirt_error.hpp"

namespace ctrlpass {

namespace {

/// What the persistent definition has too is said of that.
void add_live(std::vector<Named>& all, Named named) {
    if (std::ranges::find(all, named.target, &Named::target) != all.end()) return;
    named.live = true;
    all.push_back(std::move(named));
}

Result<Domain> describe(const LibvirtSession& session, const DomainHandle& handle) {
    const auto& api = session.api;
    std::array<char, VIR_UUID_STRING_BUFLEN> uuid{};
    const int persistent = api.virDomainIsPersistent(handle.get());
    const int running = api.virDomainIsActive(handle.get());
    if (persistent < 0 || running < 0 || api.virDomainGetUUIDString(handle.get(), uuid.data()) < 0)
        return libvirt_failure(api, "cannot look at a domain");
    Domain domain;
    domain.ref = {session.uri, uuid.data(), api.virDomainGetName(handle.get())};
    domain.persistent = persistent == 1;
    domain.running = running == 1;
    // No answer from a driver that cannot save.
    domain.saved = api.virDomainHasManagedSaveImage(handle.get(), 0) == 1;
    if (domain.persistent) {
        const auto xml = TRY(read_xml(session, handle, VIR_DOMAIN_XML_INACTIVE));
        domain.defined = TRY(hostdevs_in(xml));
        domain.memory = TRY(memory_in(xml));
        domain.cpus = TRY(cpus_in(xml));
        domain.named = TRY(named_in(xml));
        domain.definition = xml;
    }
    if (domain.running) {
        const auto xml = TRY(read_xml(session, handle, 0));
        domain.live = TRY(hostdevs_in(xml));
        for (Named& named : TRY(named_in(xml))) add_live(domain.named, std::move(named));
    }
    return domain;
}

Result<std::vector<DomainHandle>> all_domains(const LibvirtSession& session) {
    virDomainPtr* list = nullptr;
    const int count = session.api.virConnectListAllDomains(session.connection, &list, 0);
    if (count < 0) return libvirt_failure(session.api, "cannot list the domains");
    const std::unique_ptr<virDomainPtr, decltype(&std::free)> owner(list, std::free);
    std::vector<DomainHandle> domains;
    for (int i = 0; i < count; ++i) domains.push_back(own_domain(session, list[i]));
    return domains;
}

/// Takes the device out of the persistent definition. One that is not there any more is fine.
Result<> detach(const LibvirtSession& session, const DomainHandle& domain, const DomainRef& ref,
                const std::string& xml) {
    const auto& api = session.api;
    if (api.virDomainDetachDeviceFlags(domain.get(), xml.c_str(), VIR_DOMAIN_AFFECT_CONFIG) < 0 &&
        libvirt_error_code(api) != VIR_ERR_DEVICE_MISSING)
        return libvirt_failure(api, "cannot take the device out of the definition of " + ref.name);
    return {};
}

Result<> attach(const LibvirtSession& session, const DomainHandle& domain, const DomainRef& ref,
                const std::string& xml) {
    const std::string what = "cannot put the device into the definition of " + ref.name;
    const auto current =
        TRY(read_xml(session, domain, VIR_DOMAIN_XML_INACTIVE | VIR_DOMAIN_XML_SECURE));
    const auto whole = TRY(with_boot_device(current, xml));
    if (whole) return define(session, what, *whole);
    if (session.api.virDomainAttachDeviceFlags(domain.get(), xml.c_str(),
                                               VIR_DOMAIN_AFFECT_CONFIG) < 0)
        return libvirt_failure(session.api, what);
    return {};
}

Result<std::optional<std::string>> hostdev_of(const LibvirtSession& session,
                                              const DomainHandle& domain,
                                              const PciAddress& address) {
    const auto xml = TRY(read_xml(session, domain, VIR_DOMAIN_XML_INACTIVE));
    const auto hostdevs = TRY(hostdevs_in(xml));
    const auto found = std::ranges::find(hostdevs, address, &DomainHostdev::address);
    return found == hostdevs.end() ? std::nullopt : std::optional(found->xml);
}

/// The wanted device in normal form. It must be one for this address: libvirt would take any.
Result<std::optional<std::string>> checked(const PciAddress& address,
                                           const std::optional<std::string>& xml) {
    if (!xml) return std::nullopt;
    const auto hostdevs = TRY(hostdevs_in("<domain><devices>" + *xml + "</devices></domain>"));
    if (hostdevs.size() != 1 || hostdevs.front().address != address)
        return fail("cannot put a device into a domain",
                    "its XML is not for " + to_string(address));
    return hostdevs.front().xml;
}

/// What libvirt keeps is not always what it was told: it drops what it does not know.
Result<> verify(const LibvirtSession& session, const DomainHandle& domain, const DomainRef& ref,
                const PciAddress& address, const std::optional<std::string>& wanted) {
    const auto now = TRY(hostdev_of(session, domain, address));
    if (now == wanted) return {};
    const std::string what = "cannot change the definition of " + ref.name;
    if (!now) return fail(what, "libvirt did not keep the device " + to_string(address));
    if (!wanted) return fail(what, "libvirt still has the device: " + *now);
    if (wanted->find(hostdev_alias(address)) != wanted->npos &&
        now->find(hostdev_alias(address)) == now->npos)
        return fail(what, "libvirt dropped the alias " + hostdev_alias(address));
    return fail(what, "libvirt kept another device: " + *now);
}

}  // namespace

Result<LibvirtSession> open_session(const LibvirtApi& api, const std::string& uri) {
    if (const auto connection = api.virConnectOpen(uri.c_str()))
        return LibvirtSession{api, connection, uri};
    auto failure = libvirt_failure(api, "cannot connect to libvirt at " + uri);
    if (failure.error().trouble == Trouble::denied)
        if (const auto connection = api.virConnectOpenReadOnly(uri.c_str()))
            return LibvirtSession{api, connection, uri};
    return failure;
}

Result<> close_session(const LibvirtSession& session) {
    if (session.api.virConnectClose(session.connection) < 0)
        return libvirt_failure(session.api, "cannot close the connection to " + session.uri);
    return {};
}

Result<std::vector<Domain>> list_domains(const LibvirtSession& session) {
    const auto handles = TRY(all_domains(session));
    std::vector<Domain> domains;
    for (const auto& handle : handles) {
        auto domain = describe(session, handle);
        if (domain)
            domains.push_back(std::move(*domain));
        else if (domain.error().trouble != Trouble::missing)  // it went away meanwhile
            return std::unexpected(domain.error());
    }
    std::ranges::sort(domains, {}, [](const Domain& domain) { return domain.ref.name; });
    return domains;
}

Result<std::string> read_version(const LibvirtSession& session) {
    // 1 000 000 * major + 1 000 * minor + release (libvirt-host.h).
    const auto shown = [](unsigned long version) {
        return std::to_string(version / 1000000) + "." + std::to_string(version / 1000 % 1000) +
               "." + std::to_string(version % 1000);
    };
    unsigned long version = 0;
    if (session.api.virConnectGetLibVersion(session.connection, &version) < 0)
        return libvirt_failure(session.api, "cannot ask libvirt for its version");
    std::string text = "libvirt " + shown(version);
    const char* const type = session.api.virConnectGetType(session.connection);
    // A hypervisor that is not installed has no version.
    if (type != nullptr && session.api.virConnectGetVersion(session.connection, &version) == 0 &&
        version != 0)
        text += ", " + std::string(type) + " " + shown(version);
    return text;
}

Result<std::optional<std::string>> read_hostdev(const LibvirtSession& session,
                                                const DomainRef& domain,
                                                const PciAddress& address) {
    const auto handle = TRY(look_up(session, domain));
    return hostdev_of(session, handle, address);
}

Result<> write_hostdev(const LibvirtSession& session, const DomainRef& domain,
                       const PciAddress& address, const std::optional<std::string>& xml) {
    const auto wanted = TRY(checked(address, xml));
    const auto handle = TRY(look_up(session, domain));
    const auto now = TRY(hostdev_of(session, handle, address));
    if (now == wanted) return {};
    // libvirt tells devices apart by the source address alone, so a change is out and in again.
    if (now) TRY(detach(session, handle, domain, *now));
    if (wanted) TRY(attach(session, handle, domain, *wanted));
    return verify(session, handle, domain, address, wanted);
}

Result<std::string> read_definition(const LibvirtSession& session, const DomainRef& domain) {
    const auto handle = TRY(look_up(session, domain));
    return read_xml(session, handle, VIR_DOMAIN_XML_INACTIVE | VIR_DOMAIN_XML_SECURE);
}

Result<> tidy_definition(const LibvirtSession& session, const DomainRef& domain,
                         const std::string& original) {
    const auto current = TRY(read_definition(session, domain));
    const auto wanted = TRY(tidied(current, original));
    if (!wanted) return {};
    const std::string what = "cannot tidy the definition of " + domain.name;
    // All of it is libvirt's own text; but what virsh edit took need not be in the schema.
    TRY(define(session, what, *wanted, 0));
    const auto kept = TRY(read_definition(session, domain));
    const bool same = TRY(is_same_definition(kept, *wanted));
    if (!same) return fail(what, "libvirt keeps another definition than it was given");
    return {};
}

}  // namespace ctrlpass
