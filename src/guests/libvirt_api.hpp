// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

#include "iommu/result.hpp"

namespace ctrlpass {

/// Every libvirt function that is used, once.
#define CTRLPASS_LIBVIRT_FUNCTIONS(X) \
    X(virConnectClose)                \
    X(virConnectGetLibVersion)        \
    X(virConnectGetType)              \
    X(virConnectGetVersion)           \
    X(virConnectListAllDomains)       \
    X(virConnectOpen)                 \
    X(virConnectOpenReadOnly)         \
    X(virDomainAttachDeviceFlags)     \
    X(virDomainDefineXMLFlags)        \
    X(virDomainDetachDeviceFlags)     \
    X(virDomainFree)                  \
    X(virDomainGetName)               \
    X(virDomainGetUUIDString)         \
    X(virDomainGetXMLDesc)            \
    X(virDomainHasManagedSaveImage)   \
    X(virDomainIsActive)              \
    X(virDomainIsPersistent)          \
    X(virDomainLookupByName)          \
    X(virDomainLookupByUUIDString)    \
    X(virDomainPinEmulator)           \
    X(virDomainPinIOThread)           \
    X(virDomainPinVcpuFlags)          \
    X(virEventAddTimeout)             \
    X(virEventRegisterDefaultImpl)    \
    X(virEventRunDefaultImpl)         \
    X(virGetLastError)                \
    X(virSetErrorFunc)

/// libvirt's functions, looked up when they are needed: loading libvirt.so costs 12 ms, which no
/// command pays that has no domain to talk to. The library stays in the process (it is linked
/// with -z nodelete), so the pointers do as well.
struct LibvirtApi {
#define CTRLPASS_LIBVIRT_MEMBER(name) decltype(&::name) name = nullptr;
    CTRLPASS_LIBVIRT_FUNCTIONS(CTRLPASS_LIBVIRT_MEMBER)
#undef CTRLPASS_LIBVIRT_MEMBER

    /// Loads libvirt and silences it: it would print its errors by itself.
    static Result<LibvirtApi> load();
};

}  // namespace ctrlpass
