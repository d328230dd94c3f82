// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "iommu/address.hpp"
#include "iommu/result.hpp"
#include "src/guests/domain_cpus.hpp"
#include "src/guests/domain_memory.hpp"
#include "src/guests/named.hpp"
#include "src/plan/setting.hpp"

namespace ctrlpass {

/// A PCI hostdev of a domain, by the host's address (the guest-side <address> is another thing).
struct DomainHostdev {
    PciAddress address;
    bool managed = false;
    bool ours = false;  ///< carries our alias
    std::string xml;    ///< normal form, see domain_xml.hpp
    bool operator==(const DomainHostdev&) const = default;
};

/// A domain as values: what the planner needs to know.
struct Domain {
    DomainRef ref;
    bool persistent = true;
    bool running = false;
    bool saved = false;  ///< has a managed-save image: it starts from that, not from `definition`
    DomainMemory memory;
    DomainCpus cpus;                     ///< in the persistent definition
    std::vector<DomainHostdev> defined;  ///< in the persistent definition
    std::vector<DomainHostdev> live;     ///< in the running guest
    std::vector<Named> named;            ///< of the host besides hostdevs, in either definition
    std::string definition;              ///< without secrets
    bool operator==(const Domain&) const = default;
};

struct Guests {
    std::vector<Domain> domains;  ///< of every URI that was asked, by URI and name
    const Domain* by_name(const std::string& uri, const std::string& name) const;
    const Domain* by_uuid(const std::string& uri, const std::string& uuid) const;
};

/// A local libvirt. Every failure carries libvirt's own message; a domain that is not there is
/// `missing`. The reads keep no secrets, except `definition`.
class GuestHost {
  public:
    virtual ~GuestHost() = default;
    virtual Result<std::vector<Domain>> domains() = 0;
    /// For people: "libvirt 9.0.0, QEMU 7.2.19".
    virtual Result<std::string> version() { return std::string("libvirt"); }
    /// The hostdev with this host address in the persistent definition, in normal form.
    virtual Result<std::optional<std::string>> hostdev(const DomainRef& domain,
                                                       const PciAddress& address) = 0;
    /// Makes the persistent definition hold exactly this hostdev for the address, or none.
    virtual Result<> set_hostdev(const DomainRef& domain, const PciAddress& address,
                                 const std::optional<std::string>& xml) = 0;
    /// The CPUs to which the persistent definition pins this thread, or nothing.
    virtual Result<std::optional<CpuSet>> pin(const DomainRef& domain,
                                              const GuestThread& thread) = 0;
    /// Makes the persistent definition pin it to exactly these CPUs, or not at all. A running
    /// guest's threads stay where they are until its next start.
    virtual Result<> set_pin(const DomainRef& domain, const GuestThread& thread,
                             const std::optional<CpuSet>& cpus) = 0;
    /// The persistent definition with its secrets.
    virtual Result<std::string> definition(const DomainRef& domain) = 0;
    /// See `tidied` in domain_xml.hpp.
    virtual Result<> tidy(const DomainRef& domain, const std::string& original) = 0;
};

/// Is this a URI of this host? Other hosts have other controllers.
bool is_local_uri(const std::string& uri);

/// Opens libvirt.so (not before: it costs 12 ms) and the connection. Errors: libvirt not installed,
/// the daemon not reachable (with the command that starts it), not permitted. Calls have a
/// deadline: libvirt itself may wait for ever for its daemon. A call that does not come back in
/// time is `stuck`, and so are all later ones on this connection. By default it is longer than
/// libvirt itself waits (30 s) for a domain that is busy, whose message says more.
Result<std::unique_ptr<GuestHost>> open_libvirt(
    const std::string& uri, std::chrono::milliseconds deadline = std::chrono::seconds(40));

}  // namespace ctrlpass
