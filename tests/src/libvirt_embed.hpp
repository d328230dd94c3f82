// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <memory>
#include <string>

#include "src/guests/guests.hpp"
#include "src/guests/libvirt_session.hpp"

namespace ctrlpass {

/// libvirt's QEMU driver inside this process, with a directory of its own: the real thing without
/// a daemon. It takes seconds to come up, so all cases share one. Without root there is none.
class EmbeddedLibvirt {
  public:
    /// Null, with a visible message, where the tests do not run as root.
    static EmbeddedLibvirt* shared();
    ~EmbeddedLibvirt();
    EmbeddedLibvirt(const EmbeddedLibvirt&) = delete;
    EmbeddedLibvirt& operator=(const EmbeddedLibvirt&) = delete;

    GuestHost& host() { return *host_; }
    const std::string& uri() const { return uri_; }
    const LibvirtApi& api() const { return api_; }

    /// What somebody else does with virsh. All fail the test when libvirt says no.
    DomainRef define(const std::string& xml);
    DomainRef create_transient(const std::string& xml);
    void start(const DomainRef& domain);
    void destroy(const DomainRef& domain);
    void save(const DomainRef& domain);          ///< to the image that libvirt keeps
    void remove_image(const DomainRef& domain);  ///< that image
    void undefine(const DomainRef& domain);
    void attach_by_hand(const DomainRef& domain, const std::string& xml);

  private:
    EmbeddedLibvirt();
    virDomainPtr find(const DomainRef& domain);
    DomainRef take(virDomainPtr domain);

    std::string directory_;
    std::string uri_;
    LibvirtApi api_;
    std::unique_ptr<GuestHost> host_;
    virConnectPtr connection_ = nullptr;
};

/// What libvirt says of a domain that is there.
Domain described(EmbeddedLibvirt& libvirt, const DomainRef& domain);

}  // namespace ctrlpass
