// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/commands/mask.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <regex>
#include <string_view>
#include <vector>

#include "iommu/lines.hpp"
#include "iommu/module_files.hpp"
#include "src/commands/reduce.hpp"

namespace ctrlpass {

namespace {

const std::regex& name_with_mac() {
    static const std::regex name("(en|wl|ww)x[0-9a-f]{12}");
    return name;
}

std::string without_numbers(const std::string& text) {
    static const std::regex mac("([0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}");
    static const std::regex ip(R"(\b[0-9]{1,3}(\.[0-9]{1,3}){3}\b)");
    static const std::regex serial("(<serial>|<entry name='serial'>)[^<]*<");
    std::string result = std::regex_replace(text, mac, "00:00:00:00:00:00");
    result = std::regex_replace(result, ip, "0.0.0.0");
    return std::regex_replace(result, serial, "$1masked<");
}

bool is_device(const std::string& spec) {
    return spec.starts_with("/dev/") || spec.find("UUID=") != spec.npos ||
           spec.find("LABEL=") != spec.npos;
}

template <typename Keep>
std::string lines_that(const std::string& text, const Keep& keep) {
    std::string kept;
    for (const std::string& line : lines_of(text))
        if (keep(line)) kept += line + "\n";
    return kept;
}

std::string udev_data(const std::string& text) {
    constexpr std::array<std::string_view, 6> wanted{
        "E:ID_FS_TYPE=",      "E:ID_FS_UUID=",         "E:ID_FS_LABEL=",
        "E:ID_FS_LABEL_ENC=", "E:ID_PART_ENTRY_UUID=", "E:ID_PART_ENTRY_NAME="};
    return lines_that(text, [&](const std::string& line) {
        return std::ranges::any_of(wanted, [&](auto start) { return line.starts_with(start); });
    });
}

std::string volume_group(const std::string& text) {
    return lines_that(text, [](const std::string& line) {
        return line.find("id = ") != line.npos || line.find("\"EXPORTED\"") != line.npos;
    });
}

}  // namespace

std::string Mask::path(const std::string& path) {
    constexpr std::string_view folder = "by-id/";
    const auto at = path.find(folder);
    if (at == path.npos || at + folder.size() == path.size()) return link_names(path);
    const std::string name = path.substr(at + folder.size());
    const auto known =
        ids_.emplace(name, "masked-" + std::to_string(ids_.size() + 1)).first->second;
    return path.substr(0, at + folder.size()) + known;
}

std::string Mask::content(const std::string& path, const std::string& text) {
    if (auto text_kept = reduced(path, text)) return std::move(*text_kept);
    if (path == "proc/net/route") return link_names(addresses_.routes4(text));
    if (path == "proc/net/fib_trie") return addresses_.list4(text);
    if (path == "proc/net/if_inet6" || path == "proc/net/ipv6_route")
        return link_names(addresses_.table6(text));
    if (path.starts_with("lib/modules/")) return lines_about_our_modules(text);
    if (path == "etc/fstab") return fstab(text);
    if (path == "etc/crypttab") return crypttab(text);
    if (path.starts_with("run/udev/data/")) return udev_data(text);
    if (path.starts_with("etc/lvm/backup/")) return volume_group(text);
    return link_names(without_numbers(text));
}

/// enx001122334455 becomes enx000000000001, each its own.
std::string Mask::link_names(const std::string& text) {
    std::string result;
    auto from = text.begin();
    for (std::sregex_iterator match(text.begin(), text.end(), name_with_mac()), end; match != end;
         ++match) {
        std::array<char, 20> name{};
        std::snprintf(name.data(), name.size(), "%sx%012zx", (*match)[1].str().c_str(),
                      links_.size() + 1);
        result.append(from, (*match)[0].first);
        result += links_.emplace(match->str(), name.data()).first->second;
        from = (*match)[0].second;
    }
    return result.append(from, text.end());
}

/// Every line stays a line: findings name them by number.
std::string Mask::fstab(const std::string& text) {
    std::string kept;
    for (const std::string& line : lines_of(text)) {
        const auto words = words_of(line);
        const bool wanted = words.size() >= 3 && is_device(words[0]) && words[0].front() != '#';
        kept += wanted ? path(words[0]) + " " + words[1] + " " + words[2] + "\n" : "#\n";
    }
    return kept;
}

/// Where the key lies is nobody's business, but for the disk that it lies on.
std::string Mask::crypttab(const std::string& text) {
    std::string kept;
    for (const std::string& line : lines_of(text)) {
        const auto words = words_of(line);
        if (words.size() < 2 || words[0].front() == '#' || !is_device(words[1])) {
            kept += "#\n";
            continue;
        }
        const std::string key = words.size() < 3 ? "none" : words[2];
        const auto colon = key.find(':');
        const bool asks = key == "none" || key == "-";
        kept += words[0] + " " + path(words[1]) + " " +
                (asks                ? "none"
                 : colon == key.npos ? "masked"
                                     : "key" + path(key.substr(colon)));
        for (const char* const token : {"tpm2-device=", "fido2-device=", "pkcs11-uri="})
            if (words.size() > 3 && words[3].find(token) != std::string::npos)
                kept += std::string(" ") + token + "masked";
        kept += "\n";
    }
    return kept;
}

std::string masked(const std::string& text) {
    // Servers of disks and consoles, by name or by number: an address of IPv6 has colons.
    static const std::regex host("(<host [^>]*\\bname=['\"])[^'\"]*");
    static const std::regex ip6(
        "(\\b(listen|address|host|gateway)=['\"])[0-9a-fA-F:]*(::|(:[0-9a-fA-F]{1,4}){7})[^'\"]*");
    std::string result =
        std::regex_replace(without_numbers(text), name_with_mac(), "$1x000000000000");
    result = std::regex_replace(result, host, "$1masked");
    return std::regex_replace(result, ip6, "$1::");
}

}  // namespace ctrlpass
