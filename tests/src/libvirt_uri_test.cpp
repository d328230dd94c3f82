// SPDX-License-Identifier: GPL-2.0-or-later
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstring>

#include "src/guests/guests.hpp"

using namespace ctrlpass;

namespace {

/// A daemon that takes connections and never says anything.
class DeafDaemon {
  public:
    DeafDaemon() : path_("/tmp/ctrlpass-deaf-" + std::to_string(::getpid())) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::strncpy(address.sun_path, path_.c_str(), sizeof address.sun_path - 1);
        REQUIRE(::bind(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
        REQUIRE(::listen(socket_, 4) == 0);
    }
    DeafDaemon(const DeafDaemon&) = delete;
    DeafDaemon& operator=(const DeafDaemon&) = delete;
    ~DeafDaemon() {
        ::close(socket_);
        ::unlink(path_.c_str());
    }
    const std::string& path() const { return path_; }

  private:
    std::string path_;
    int socket_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
};

}  // namespace

TEST_CASE("URIs of this host are local") {
    for (const char* uri :
         {"qemu:///system", "qemu:///session", "qemu:/system", "qemu:///embed?root=/tmp/x",
          "qemu+unix:///system", "qemu+unix:///system?socket=/run/libvirt/virtqemud-sock",
          "qemu:///system?mode=direct&socket=/x", "test:///default"}) {
        CAPTURE(uri);
        CHECK(is_local_uri(uri));
    }
}

TEST_CASE("URIs of other hosts are not local, however they are spelled") {
    for (const char* uri : {"qemu+ssh://host/system",
                            "qemu+ssh:///system",
                            "QEMU+SSH://host/system",
                            "qemu+SSH:///system",
                            "qemu+Unix:///system",
                            "qemu://host/system",
                            "qemu://user@/system",
                            "qemu://user@host/system",
                            "qemu://:16509/system",
                            "qemu+tcp://host/system",
                            "qemu+tls://host/system",
                            "qemu+libssh2://host/system",
                            "qemu+ext:///system?command=/bin/x",
                            "qemu+unix://host/system",
                            "qemu:////host/system",
                            "qemu+unix+ssh:///system",
                            "+unix:///system",
                            "qemu+unix:///?name=qemu%2Bssh://h/system",
                            "qemu+unix:///?n%61me=xen://h/",
                            "qemu:///system?mode=direct;name=x",
                            "qemu:system",
                            "qemu:///sys tem",
                            "qemu:///system\n",
                            " qemu:///system",
                            "myalias",
                            "",
                            ":///system"}) {
        CAPTURE(uri);
        CHECK_FALSE(is_local_uri(uri));
    }
}

TEST_CASE("a URI of another host is refused before libvirt is asked") {
    const auto host = open_libvirt("qemu+ssh://host/system");
    REQUIRE_FALSE(host.has_value());
    CHECK(host.error().trouble == Trouble::bad_input);
}

TEST_CASE("a daemon that is not there is named with the command that starts it") {
    const auto monolith = open_libvirt("qemu+unix:///system?socket=/nowhere/libvirt-sock");
    REQUIRE_FALSE(monolith.has_value());
    CHECK(monolith.error().where.find("/nowhere/libvirt-sock") != std::string::npos);
    CHECK(monolith.error().hint.find("\n    systemctl start libvirtd") != std::string::npos);
    const auto modular = open_libvirt("qemu+unix:///system?socket=/nowhere/virtqemud-sock");
    REQUIRE_FALSE(modular.has_value());
    CHECK(modular.error().hint.find("\n    systemctl start virtqemud") != std::string::npos);
}

TEST_CASE("a daemon that never answers does not hold us longer than the deadline") {
    using namespace std::chrono_literals;
    const DeafDaemon daemon;
    const auto start = std::chrono::steady_clock::now();
    const auto host = open_libvirt("qemu+unix:///system?socket=" + daemon.path(), 200ms);
    REQUIRE_FALSE(host.has_value());
    CHECK(host.error().trouble == Trouble::stuck);
    CHECK(std::chrono::steady_clock::now() - start < 5s);
}

TEST_CASE("domains are found by URI together with name or UUID") {
    const Guests guests{{Domain{.ref = {"qemu:///session", "u1", "g"}, .defined = {}, .live = {}},
                         Domain{.ref = {"qemu:///system", "u2", "g"}, .defined = {}, .live = {}}}};
    CHECK(guests.by_name("qemu:///system", "g") == &guests.domains[1]);
    CHECK(guests.by_uuid("qemu:///session", "u1") == &guests.domains[0]);
    CHECK(guests.by_uuid("qemu:///system", "u1") == nullptr);
    CHECK(guests.by_name("qemu:///system", "h") == nullptr);
}
