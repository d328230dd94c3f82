// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/network.hpp"

#include <arpa/inet.h>
#include <linux/ipv6_route.h>
#include <linux/route.h>

#include <algorithm>
#include <array>
#include <bit>
#include <set>
#include <tuple>

#include "iommu/lines.hpp"
#include "iommu/number.hpp"

namespace ctrlpass {

namespace {

using Bytes = Network::Bytes;

constexpr int highest_link_stack = 8;  // of links upon links

std::optional<std::uint32_t> hex(std::string_view text) {
    return number_in<std::uint32_t>(text, 16);
}

/// Eight digits, a number in the order of this machine, as proc/net/route has addresses.
std::optional<Bytes> bytes_of_word(std::string_view text) {
    const auto word = hex(text);
    if (!word || text.size() != 8) return std::nullopt;
    Bytes bytes(4);
    for (unsigned i = 0; i < 4; ++i)
        bytes[i] = static_cast<std::uint8_t>(
            *word >> 8 * (std::endian::native == std::endian::little ? i : 3 - i));
    return bytes;
}

/// 32 digits.
std::optional<Bytes> bytes_of_digits(std::string_view text) {
    if (text.size() != 32) return std::nullopt;
    Bytes bytes;
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const auto byte = hex(text.substr(i, 2));
        if (!byte) return std::nullopt;
        bytes.push_back(static_cast<std::uint8_t>(*byte));
    }
    return bytes;
}

bool covers(const Network::Route& route, const Bytes& address) {
    if (route.net.size() != address.size() || route.length > 8 * address.size()) return false;
    for (unsigned bit = 0; bit < route.length; ++bit)
        if ((static_cast<unsigned>(route.net[bit / 8] ^ address[bit / 8]) >> (7 - bit % 8) & 1U) !=
            0)
            return false;
    return true;
}

/// The links with the closest of the routes to an address.
std::set<std::string> closest(const Network& network, const Bytes& address, bool gateways) {
    std::set<std::string> links;
    int best = -1;
    for (const Network::Route& route : network.routes) {
        if ((route.gateway && !gateways) || !covers(route, address)) continue;
        const int length = static_cast<int>(route.length);
        if (length > best) links.clear();
        best = std::max(best, length);
        if (length == best) links.insert(route.link);
    }
    return links;
}

std::vector<std::string> table(const Root& root, const std::string& name) {
    return lines_of(root.read("proc/net/" + name, longest_table).value_or(""));
}

/// Iface Destination Gateway Flags RefCnt Use Metric Mask …
void read_routes4(const Root& root, Network& network) {
    for (const std::string& line : table(root, "route")) {
        const auto fields = fields_of(line);
        if (fields.size() < 8) continue;
        const auto net = bytes_of_word(fields[1]);
        const auto flags = hex(fields[3]);
        const auto mask = hex(fields[7]);
        if (!net || !flags || !mask || (*flags & RTF_UP) == 0 || (*flags & RTF_REJECT) != 0)
            continue;
        network.routes.push_back({*net, static_cast<unsigned>(std::popcount(*mask)), fields[0],
                                  (*flags & RTF_GATEWAY) != 0,
                                  number_in<std::uint32_t>(fields[6]).value_or(0)});
    }
}

/// "|-- 192.0.2.7", and below it "/32 host LOCAL".
void read_addresses4(const Root& root, Network& network) {
    std::set<Bytes> seen;
    std::optional<Bytes> last;
    for (const std::string& line : table(root, "fib_trie")) {
        const auto fields = fields_of(line);
        if (fields.size() == 2 && fields[0] == "|--") last = parse_ip(fields[1]);
        const bool ours = fields.size() >= 3 && fields[0] == "/32" && fields[2] == "LOCAL";
        if (!ours || !last || last->front() == 127 || !seen.insert(*last).second) continue;
        for (const std::string& link : closest(network, *last, false))
            network.addresses.push_back({*last, link});
    }
}

bool is_local_or_multicast(const Bytes& address) {
    return address.front() == 0xff || (address[0] == 0xfe && (address[1] & 0xc0) == 0x80);
}

void read_ipv6(const Root& root, Network& network) {
    // address, number, prefix length, scope, flags, name
    for (const std::string& line : table(root, "if_inet6")) {
        const auto fields = fields_of(line);
        if (fields.size() < 6 || fields[5] == "lo") continue;
        const auto address = bytes_of_digits(fields[0]);
        if (address && !is_local_or_multicast(*address))
            network.addresses.push_back({*address, fields[5]});
    }
    // net, length, source, length, next hop, metric, references, uses, flags, name
    for (const std::string& line : table(root, "ipv6_route")) {
        const auto fields = fields_of(line);
        if (fields.size() < 10 || fields[9] == "lo") continue;
        const auto net = bytes_of_digits(fields[0]);
        const auto length = hex(fields[1]);
        const auto flags = hex(fields[8]);
        if (!net || !length || !flags || is_local_or_multicast(*net)) continue;
        if ((*flags & RTF_UP) == 0 || (*flags & RTF_REJECT) != 0) continue;
        const bool ours = (*flags & RTF_LOCAL) != 0 || (*flags & RTF_ANYCAST) != 0;
        if (!ours)
            network.routes.push_back({*net, *length, fields[9], (*flags & RTF_GATEWAY) != 0,
                                      hex(fields[5]).value_or(0)});
    }
}

std::string home_of(const std::string& link) { return "sys/class/net/" + link; }

class LinkCollector {
  public:
    LinkCollector(const Root& root, const Network& network) : root_(root), network_(network) {}

    void add(const std::string& link, int depth) {
        if (!seen_.insert(link).second || depth == 0) return;
        std::set<std::string> addresses;
        for (const Network::Address& address : network_.addresses)
            if (address.link == link) addresses.insert(to_string(address.bytes));
        for (const std::string& address : addresses) add(LinkUse::Kind::address, link, address);
        bool used = !addresses.empty();
        const auto is_default = [&](const Network::Route& route) {
            return route.link == link && route.length == 0;
        };
        if (std::ranges::any_of(network_.routes, is_default)) {
            add(LinkUse::Kind::default_route, link, "");
            used = true;
        }
        // One is enough, and the networks of its addresses are no news.
        const auto route = std::ranges::find(network_.routes, link, &Network::Route::link);
        if (!used && route != network_.routes.end())
            add(LinkUse::Kind::route, link,
                to_string(route->net) + "/" + std::to_string(route->length));
        add_above(link, depth);
    }

    std::vector<LinkUse> uses;

  private:
    void add(LinkUse::Kind kind, const std::string& link, const std::string& what) {
        uses.push_back({kind, link, what});
    }

    void add_above(const std::string& link, int depth) {
        const auto master = root_.link_name(home_of(link) + "/master");
        if (master) {
            const bool bridge = root_.exists(home_of(*master) + "/bridge");
            const bool bond = root_.exists(home_of(*master) + "/bonding");
            add(LinkUse::Kind::member, *master, bridge ? "bridge" : bond ? "bond" : "");
            add(*master, depth - 1);
        }
        // VLANs and their kin; a master is among them.
        constexpr std::string_view upper = "upper_";
        for (const std::string& name : root_.names(home_of(link))) {
            if (!name.starts_with(upper)) continue;
            const std::string above = name.substr(upper.size());
            if (above == master || seen_.contains(above)) continue;
            add(LinkUse::Kind::upper, above, "");
            add(above, depth - 1);
        }
    }

    const Root& root_;
    const Network& network_;
    std::set<std::string> seen_;
};

}  // namespace

std::optional<Network::Bytes> parse_ip(const std::string& text) {
    const std::string bare = text.substr(0, text.find('%'));
    Bytes bytes(4);
    if (::inet_pton(AF_INET, bare.c_str(), bytes.data()) == 1) return bytes;
    bytes.resize(16);
    if (::inet_pton(AF_INET6, bare.c_str(), bytes.data()) != 1) return std::nullopt;
    constexpr std::array<std::uint8_t, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    if (std::equal(mapped.begin(), mapped.end(), bytes.begin()))
        bytes.erase(bytes.begin(), bytes.begin() + mapped.size());
    return bytes;
}

std::string to_string(const Network::Bytes& address) {
    std::array<char, INET6_ADDRSTRLEN> text{};
    ::inet_ntop(address.size() == 4 ? AF_INET : AF_INET6, address.data(), text.data(), text.size());
    return text.data();
}

Network read_network(const Root& root) {
    Network network;
    read_routes4(root, network);
    read_addresses4(root, network);
    read_ipv6(root, network);
    return network;
}

std::vector<LinkUse> link_uses(const Root& root, const Network& network, const std::string& link) {
    LinkCollector collector(root, network);
    collector.add(link, highest_link_stack);
    return std::move(collector.uses);
}

std::vector<std::string> links_to(const Network& network, const Network::Bytes& address) {
    std::vector<const Network::Route*> routes;
    for (const Network::Route& route : network.routes)
        if (covers(route, address)) routes.push_back(&route);
    std::ranges::stable_sort(routes, [](const Network::Route* a, const Network::Route* b) {
        return std::tuple(b->length, a->metric) < std::tuple(a->length, b->metric);
    });
    std::vector<std::string> links;
    for (const Network::Route* const route : routes)
        if (std::ranges::find(links, route->link) == links.end()) links.push_back(route->link);
    return links;
}

std::vector<std::string> links_of_connection(const Network& network, const std::string& local,
                                             const std::string& remote) {
    // Of a link-local address the link is told.
    if (const auto zone = local.find('%'); zone != local.npos) return {local.substr(zone + 1)};
    std::set<std::string> links;
    if (const auto address = parse_ip(local))
        for (const Network::Address& ours : network.addresses)
            if (ours.bytes == *address) links.insert(ours.link);
    if (links.empty())
        if (const auto address = parse_ip(remote)) links = closest(network, *address, true);
    return {links.begin(), links.end()};
}

}  // namespace ctrlpass
