// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <bit>
#include <string_view>

#include "iommu/ascii.hpp"
#include "iommu/lines.hpp"
#include "iommu/network.hpp"
#include "iommu/number.hpp"
#include "iommu/read_ways_in.hpp"
#include "src/capture/filters.hpp"
#include "src/capture/forms.hpp"

namespace ctrlpass::filters {

namespace {

bool is_hex_of(const std::string& text, std::size_t length) {
    return text.size() == length && std::ranges::all_of(text, is_hex);
}

/// proc/net/route has its addresses as numbers of this machine: turned into digits in the order
/// of the network, and back.
std::string swapped(const std::string& digits) {
    if constexpr (std::endian::native != std::endian::little) return digits;
    std::string turned;
    for (std::size_t i = digits.size(); i >= 2; i -= 2) turned += digits.substr(i - 2, 2);
    return turned;
}

unsigned bits_of(const std::string& mask) {
    return static_cast<unsigned>(std::popcount(number_in<std::uint32_t>(mask, 16).value_or(0)));
}

std::string number_or_zero(const std::string& text) {
    return has_form(text, Form::number) ? text : "0";
}

/// Link-local, multicast and loopback addresses are those of every machine.
bool is_everywhere(const std::string& digits) {
    const std::string start = lower(digits);
    return start.starts_with("fe8") || start.starts_with("ff") ||
           start.starts_with("0000000000000000");
}

std::string address6(Mask& mask, const std::string& digits, const std::string& length) {
    if (is_everywhere(digits)) {
        // The last half of a link-local address is often made of a MAC address.
        return lower(digits).starts_with("fe8") ? digits.substr(0, 4) + std::string(28, '0')
                                                : digits;
    }
    return mask.addresses.hidden(digits, number_in<unsigned>(length, 16).value_or(128));
}

}  // namespace

/// Iface Destination Gateway Flags RefCnt Use Metric Mask …
std::string routes4(Mask& mask, const std::string&, const std::string& text) {
    std::string kept = "Iface Destination Gateway Flags RefCnt Use Metric Mask\n";
    for (const std::string& line : lines_of(text)) {
        const auto words = words_of(line);
        if (words.size() < 8 || !is_hex_of(words[1], 8) || !is_hex_of(words[2], 8) ||
            !is_hex_of(words[7], 8))
            continue;
        const auto hidden = [&](const std::string& address, unsigned length) {
            return swapped(mask.addresses.hidden(swapped(address), length));
        };
        const std::string gateway = words[2] == "00000000" ? words[2] : hidden(words[2], 32);
        kept += mask.names.link(words[0]) + " " + hidden(words[1], bits_of(words[7])) + " " +
                gateway + " " + number_or_zero(words[3]) + " 0 0 " + number_or_zero(words[6]) +
                " " + words[7] + "\n";
    }
    return kept;
}

/// The host's own addresses: "|-- 192.0.2.7", and below it "/32 host LOCAL".
std::string addresses4(Mask& mask, const std::string&, const std::string& text) {
    std::string kept;
    std::string last;
    for (const std::string& line : lines_of(text)) {
        const auto words = words_of(line);
        if (words.size() == 2 && words[0] == "|--") last = words[1];
        const auto bytes = parse_ip(last);
        if (words.size() < 3 || words[2] != "LOCAL" || !bytes || bytes->size() != 4 ||
            bytes->front() == 127)
            continue;
        kept += "     |-- " + mask.addresses.address(last) + "\n        /32 host LOCAL\n";
    }
    return kept;
}

/// if_inet6: address, number, length, scope, flags, name. ipv6_route: net, length, source, length,
/// next hop, metric, references, uses, flags, name.
std::string table6(Mask& mask, const std::string&, const std::string& text) {
    std::string kept;
    for (const std::string& line : lines_of(text)) {
        const auto words = words_of(line);
        if (words.size() < 6 || !is_hex_of(words[0], 32)) continue;
        const bool route = words.size() >= 10;
        std::string made;
        for (std::size_t i = 0; i < (route ? 10U : 6U); ++i) {
            const bool address = is_hex_of(words[i], 32);
            const bool name = i == (route ? 9U : 5U);
            made += (i == 0 ? "" : " ") +
                    (name      ? mask.names.link(words[i])
                     : address ? address6(mask, words[i], route && i < 4 ? words[i + 1] : "80")
                               : number_or_zero(words[i]));
        }
        kept += made + "\n";
    }
    return kept;
}

/// Sockets that listen; of their addresses only whether they are any or the loopback.
std::string sockets(Mask&, const std::string&, const std::string& text) {
    std::string kept;
    for (const std::string& line : lines_of(text)) {
        const auto fields = words_of(line);
        if (fields.size() < 4 || fields[3] != "0A") continue;
        const auto colon = fields[1].find(':');
        if (colon == std::string::npos) continue;
        const std::string address = fields[1].substr(0, colon);
        const std::string port = fields[1].substr(colon + 1);
        const bool six = address.size() == 32;
        if ((!six && address.size() != 8) || !is_hex_of(port, 4)) continue;
        const bool any = consists_of(address, "0");
        const std::string loopback = six ? "0000000000000000FFFF00000100007F" : "0100007F";
        const std::string other = six ? std::string(32, 'F') : "0A00000A";
        kept += "0: " +
                (any                    ? address
                 : is_loopback(address) ? loopback
                                        : other) +
                ":" + port + " 0:0 0A\n";
    }
    return kept;
}

/// The ports that sshd's configuration or a socket of systemd names, without their addresses.
std::string ssh_ports(Mask&, const std::string& path, const std::string& text) {
    const bool socket = path.starts_with("etc/systemd/");
    std::string kept;
    for (std::string line : lines_of(text)) {
        std::ranges::replace(line, '=', ' ');
        const auto words = fields_of(line);
        if (words.size() < 2) continue;
        const std::string key = lower(words[0]);
        const bool address = key == "listenaddress" && words[1].find(':') != words[1].npos;
        const auto port = ssh_port_in(words[1]);
        if (port && socket && words[0] == "ListenStream")
            kept += "ListenStream=" + std::to_string(*port) + "\n";
        else if (port && !socket && (key == "port" || address))
            kept += "Port " + std::to_string(*port) + "\n";
    }
    return kept;
}

}  // namespace ctrlpass::filters
