// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "iommu/root.hpp"
#include "iommu/ways_in.hpp"

namespace ctrlpass {

/// Serial consoles (sys/class/tty/console/active, and logins that systemd starts), sshd by its
/// ports and the listening sockets, the network links that are up. Links of programs (bridges,
/// tunnels, taps) lead out through others and do not count, nor do links to a BMC.
WaysIn read_ways_in(const Root& root, const std::string& command_line);

/// The ports that sshd_config, its sshd_config.d and drop-ins of a systemd socket name, or 22.
struct SshPorts {
    std::vector<unsigned> ports;
    bool readable = true;  ///< false: a file is there that only root may read
};
SshPorts read_ssh_ports(const Root& root);

/// An address of /proc/net/tcp or tcp6: words of 32 bits in the machine's own order.
bool is_loopback(std::string_view address);

/// "2222", and the port at the end of an address: "10.0.0.1:2222", "[::]:2222".
std::optional<unsigned> ssh_port_in(std::string_view text);

}  // namespace ctrlpass
