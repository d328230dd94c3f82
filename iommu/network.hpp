// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "iommu/host.hpp"
#include "iommu/root.hpp"

namespace ctrlpass {

/// Addresses and routes from proc/net. There the kernel does not say whose an IPv4 address is: it
/// belongs to the links with the closest route to its network that needs no gateway. IPv6
/// link-local addresses, multicast and what is refused or looped back are left out.
Network read_network(const Root& root);

/// What the host does with this link, what is built upon it (bridges, bonds, VLANs) included.
std::vector<LinkUse> link_uses(const Root& root, const Network& network, const std::string& link);

/// "192.0.2.7", "fe80::1%eth0", "::ffff:192.0.2.7" (which is IPv4) as bytes.
std::optional<Network::Bytes> parse_ip(const std::string& text);
std::string to_string(const Network::Bytes& address);

/// The links that have a route to an address, the one that is taken first.
std::vector<std::string> links_to(const Network& network, const Network::Bytes& address);

/// Over which links a connection from `remote` to our address `local` goes: those that have the
/// local address, or else the one with the best route to the remote one.
std::vector<std::string> links_of_connection(const Network& network, const std::string& local,
                                             const std::string& remote);

}  // namespace ctrlpass
