// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/commands/mask_ways_in.hpp"

#include <regex>
#include <string_view>

#include "iommu/lines.hpp"
#include "iommu/read_ways_in.hpp"

namespace ctrlpass {

std::string ssh_ports_only(const std::string& text) {
    static const std::regex line_of_ssh("\\s*(port|listenaddress)[\\s=]+(\\S+).*",
                                        std::regex::icase);
    constexpr std::string_view stream = "ListenStream=";
    std::string kept;
    for (const std::string& line : lines_of(text)) {
        std::smatch match;
        if (line.starts_with(stream)) {
            if (const auto port = ssh_port_in(line.substr(stream.size())))
                kept += std::string(stream) + std::to_string(*port) + "\n";
        } else if (std::regex_match(line, match, line_of_ssh)) {
            const std::string value = match[2].str();
            const bool plain = match[1].length() == 4;  // "Port"
            const auto port = ssh_port_in(value);
            if (port && (plain || value.find(':') != value.npos))
                kept += "Port " + std::to_string(*port) + "\n";
        }
    }
    return kept;
}

std::string listening_sockets(const std::string& text) {
    constexpr std::string_view listening = "0A";
    std::string kept;
    for (const std::string& line : lines_of(text)) {
        const auto fields = fields_of(line);
        if (fields.size() < 4 || fields[3] != listening) continue;
        const auto colon = fields[1].find(':');
        if (colon == std::string::npos) continue;
        std::string address = fields[1].substr(0, colon);
        const bool told = address.find_first_not_of("01") == address.npos ||
                          address.ends_with("7F") || address.starts_with("7F");
        if (!told) address = std::string(address.size(), 'A');
        kept += fields[0] + " " + address + fields[1].substr(colon) + " 0:0 0A\n";
    }
    return kept;
}

std::string answering_devices(const std::vector<std::string>& words) {
    std::string kept;
    for (const char* const device : {"tpm2-device=", "fido2-device=", "pkcs11-uri="})
        if (words.size() > 3 && words[3].find(device) != std::string::npos)
            kept += std::string(" ") + device + "masked";
    return kept;
}

}  // namespace ctrlpass
