// SPDX-License-Identifier: GPL-2.0-or-later
#include "libvirt_embed.hpp"

#include <doctest/doctest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "iommu/library.hpp"

namespace ctrlpass {

namespace {

struct Node {
    const char* path;
    unsigned minor;
};

/// libvirt probes QEMU with KVM where /dev/kvm is there, and KVM may be there and hang. This
/// thread, and all that start from it, get a /dev of their own without it.
bool hide_kvm() {
    if (::access("/dev/kvm", F_OK) != 0) return true;
    if (::unshare(CLONE_NEWNS) != 0 ||
        ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("tmpfs", "/dev", "tmpfs", MS_NOSUID, "mode=0755") != 0)
        return false;
    constexpr std::array nodes{Node{"/dev/null", 3}, Node{"/dev/zero", 5}, Node{"/dev/full", 7},
                               Node{"/dev/random", 8}, Node{"/dev/urandom", 9}};
    for (const auto& node : nodes)
        if (::mknod(node.path, S_IFCHR | 0666, ::makedev(1, node.minor)) != 0) return false;
    return ::mkdir("/dev/shm", 01777) == 0 && ::symlink("/proc/self/fd", "/dev/fd") == 0;
}

std::string make_directory() {
    std::string path = "/tmp/ctrlpass-embed-XXXXXX";
    REQUIRE(::mkdtemp(path.data()) != nullptr);
    std::filesystem::create_directory(path + "/etc");
    std::ofstream(path + "/etc/qemu.conf")
        << "user = \"root\"\ngroup = \"root\"\nsecurity_driver = \"none\"\n"
           "stdio_handler = \"file\"\nnamespaces = [ ]\ncgroup_controllers = [ ]\n";
    return path;
}

std::string last_message(const LibvirtApi& api) {
    const auto* const error = api.virGetLastError();
    return error && error->message ? error->message : "no error";
}

/// The functions that only the tests use.
template <typename Function>
Function* libvirt_function(const char* name) {
    const auto library = SharedLibrary::open("libvirt.so.0");
    REQUIRE(library.has_value());
    const auto function = library->symbol<Function>(name);
    REQUIRE(function.has_value());
    return *function;
}

}  // namespace

EmbeddedLibvirt* EmbeddedLibvirt::shared() {
    if (::geteuid() != 0) {
        MESSAGE("skipped: libvirt's QEMU driver inside the test needs root");
        return nullptr;
    }
    static EmbeddedLibvirt embedded;
    return &embedded;
}

EmbeddedLibvirt::EmbeddedLibvirt() {
    REQUIRE_MESSAGE(hide_kvm(), "cannot hide /dev/kvm");
    directory_ = make_directory();
    // The driver logs as a daemon does.
    ::setenv("LIBVIRT_LOG_OUTPUTS", ("1:file:" + directory_ + "/driver.log").c_str(), 1);
    uri_ = "qemu:///embed?root=" + directory_;
    auto api = LibvirtApi::load();
    REQUIRE(api.has_value());
    api_ = *api;
    auto host = open_libvirt(uri_);
    REQUIRE_MESSAGE(host.has_value(), host.error().where);
    host_ = std::move(*host);
    connection_ = api_.virConnectOpen(uri_.c_str());
    REQUIRE(connection_ != nullptr);
}

EmbeddedLibvirt::~EmbeddedLibvirt() {
    api_.virConnectClose(connection_);
    host_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
}

DomainRef EmbeddedLibvirt::take(virDomainPtr domain) {
    REQUIRE_MESSAGE(domain != nullptr, last_message(api_));
    std::array<char, VIR_UUID_STRING_BUFLEN> uuid{};
    REQUIRE(api_.virDomainGetUUIDString(domain, uuid.data()) == 0);
    const DomainRef ref{uri_, uuid.data(), api_.virDomainGetName(domain)};
    api_.virDomainFree(domain);
    return ref;
}

virDomainPtr EmbeddedLibvirt::find(const DomainRef& domain) {
    const auto found = api_.virDomainLookupByUUIDString(connection_, domain.uuid.c_str());
    REQUIRE(found != nullptr);
    return found;
}

DomainRef EmbeddedLibvirt::define(const std::string& xml) {
    return take(api_.virDomainDefineXMLFlags(connection_, xml.c_str(), 0));
}

DomainRef EmbeddedLibvirt::create_transient(const std::string& xml) {
    const auto create = libvirt_function<decltype(::virDomainCreateXML)>("virDomainCreateXML");
    return take(create(connection_, xml.c_str(), 0));
}

void EmbeddedLibvirt::start(const DomainRef& domain) {
    const auto found = find(domain);
    const auto create = libvirt_function<decltype(::virDomainCreate)>("virDomainCreate");
    CHECK_MESSAGE(create(found) == 0, last_message(api_));
    api_.virDomainFree(found);
}

void EmbeddedLibvirt::destroy(const DomainRef& domain) {
    const auto found = find(domain);
    const auto destroy = libvirt_function<decltype(::virDomainDestroy)>("virDomainDestroy");
    CHECK(destroy(found) == 0);
    api_.virDomainFree(found);
}

void EmbeddedLibvirt::save(const DomainRef& domain) {
    const auto found = find(domain);
    const auto save = libvirt_function<decltype(::virDomainManagedSave)>("virDomainManagedSave");
    CHECK_MESSAGE(save(found, 0) == 0, last_message(api_));
    api_.virDomainFree(found);
}

void EmbeddedLibvirt::remove_image(const DomainRef& domain) {
    const auto found = find(domain);
    const auto remove =
        libvirt_function<decltype(::virDomainManagedSaveRemove)>("virDomainManagedSaveRemove");
    CHECK_MESSAGE(remove(found, 0) == 0, last_message(api_));
    api_.virDomainFree(found);
}

void EmbeddedLibvirt::undefine(const DomainRef& domain) {
    const auto found = find(domain);
    const auto undefine = libvirt_function<decltype(::virDomainUndefine)>("virDomainUndefine");
    CHECK(undefine(found) == 0);
    api_.virDomainFree(found);
}

void EmbeddedLibvirt::attach_by_hand(const DomainRef& domain, const std::string& xml) {
    const auto found = find(domain);
    CHECK(api_.virDomainAttachDeviceFlags(found, xml.c_str(), VIR_DOMAIN_AFFECT_CONFIG) == 0);
    api_.virDomainFree(found);
}

Domain described(EmbeddedLibvirt& libvirt, const DomainRef& ref) {
    const auto domains = libvirt.host().domains();
    REQUIRE_MESSAGE(domains.has_value(), domains.error().where);
    const Guests guests{*domains};
    const auto* const domain = guests.by_uuid(ref.uri, ref.uuid);
    REQUIRE(domain != nullptr);
    return *domain;
}

}  // namespace ctrlpass
