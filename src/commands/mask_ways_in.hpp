// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <vector>

namespace ctrlpass {

/// What a capture keeps of the files that tell how people get in: of sshd's configuration and a
/// systemd socket the ports.
std::string ssh_ports_only(const std::string& text);

/// Of /proc/net/tcp the sockets that listen; of their addresses whether they are any, the loopback
/// or another.
std::string listening_sockets(const std::string& text);

/// Of the options of a crypttab line (its fourth word and those after) what answers instead of a
/// person.
std::string answering_devices(const std::vector<std::string>& words);

}  // namespace ctrlpass
