// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/guests/libvirt_pins.hpp"

#include <vector>

#include "src/guests/domain_pins.hpp"
#include "src/guests/libvirt_domain.hpp"
#include "src/guests/libvirt_error.hpp"

namespace ctrlpass {

namespace {

/// CPU N is bit N % 8 of byte N / 8, and the map ends with the last CPU that is in it.
std::vector<unsigned char> map_of(const CpuSet& cpus) {
    std::vector<unsigned char> map(*cpus.rbegin() / 8 + 1);
    for (const unsigned cpu : cpus) {
        unsigned char& byte = map[cpu / 8];
        byte = static_cast<unsigned char>(byte | (1U << cpu % 8));
    }
    return map;
}

int call(const LibvirtApi& api, const DomainHandle& domain, const GuestThread& thread,
         std::vector<unsigned char> map) {
    const int length = static_cast<int>(map.size());
    constexpr auto config = VIR_DOMAIN_AFFECT_CONFIG;
    switch (thread.kind) {
        case GuestThread::Kind::vcpu:
            return api.virDomainPinVcpuFlags(domain.get(), thread.number, map.data(), length,
                                             config);
        case GuestThread::Kind::iothread:
            return api.virDomainPinIOThread(domain.get(), thread.number, map.data(), length,
                                            config);
        case GuestThread::Kind::emulator:
            break;
    }
    return api.virDomainPinEmulator(domain.get(), map.data(), length, config);
}

/// libvirt has no call for this: the definition is given anew, without the element. All of it is
/// libvirt's own text, see tidy_definition.
Result<> remove_pin(const LibvirtSession& session, const DomainHandle& domain,
                    const std::string& what, const GuestThread& thread) {
    const auto current =
        TRY(read_xml(session, domain, VIR_DOMAIN_XML_INACTIVE | VIR_DOMAIN_XML_SECURE));
    const auto without = TRY(with_pin(current, thread, std::nullopt));
    return define(session, what, without, 0);
}

Result<std::optional<CpuSet>> pin_now(const LibvirtSession& session, const DomainHandle& domain,
                                      const GuestThread& thread) {
    const auto xml = TRY(read_xml(session, domain, VIR_DOMAIN_XML_INACTIVE));
    const auto cpus = TRY(cpus_in(xml));
    return pin_of(cpus, thread);
}

}  // namespace

Result<std::optional<CpuSet>> read_pin(const LibvirtSession& session, const DomainRef& domain,
                                       const GuestThread& thread) {
    const auto handle = TRY(look_up(session, domain));
    return pin_now(session, handle, thread);
}

Result<> write_pin(const LibvirtSession& session, const DomainRef& domain,
                   const GuestThread& thread, const std::optional<CpuSet>& cpus) {
    const std::string what =
        "cannot pin " + to_string(thread) + " in the definition of " + domain.name;
    if (cpus && cpus->empty()) return fail(what, "there is no CPU to pin it to");
    const auto handle = TRY(look_up(session, domain));
    const auto now = TRY(pin_now(session, handle, thread));
    if (now == cpus) return {};
    if (!cpus) return remove_pin(session, handle, what, thread);
    if (call(session.api, handle, thread, map_of(*cpus)) < 0)
        return libvirt_failure(session.api, what);
    return {};
}

}  // namespace ctrlpass
