// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

namespace ctrlpass {

/// Something to get into the host by, with its place in the tree of devices ("" where it has none).
struct Entrance {
    std::string name;   ///< "ttyS0", "enp3s0"
    std::string sysfs;  ///< "sys/devices/pci0000:00/…/net/enp3s0"
    bool operator==(const Entrance&) const = default;
};

/// How people get into the host other than by the keyboards of `Host::attached`.
struct WaysIn {
    std::vector<Entrance> consoles;   ///< serial ports with a console or a login
    std::vector<unsigned> ssh_ports;  ///< those of sshd on which something listens for others
    /// False: sshd's ports or the listening sockets could not be read. What is not known is no way
    /// in.
    bool ssh_known = true;
    bool needs_root = false;      ///< root would know more
    std::vector<Entrance> links;  ///< network links that are up and lead out of this machine
    /// The root file system is encrypted and somebody has to type its passphrase at boot.
    bool asks_passphrase = false;
    bool operator==(const WaysIn&) const = default;
};

}  // namespace ctrlpass
