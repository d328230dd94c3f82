// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/commands/mask.hpp"

#include <arpa/inet.h>
#include <sys/random.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstdio>
#include <regex>
#include <string_view>
#include <vector>

#include "iommu/lines.hpp"
#include "iommu/network.hpp"
#include "src/commands/mask_ways_in.hpp"

namespace ctrlpass {

namespace {

/// Words of the kernel's command line that ctrlpass looks at; the others are nobody's business.
std::string relevant_words(const std::string& line) {
    constexpr std::array<std::string_view, 9> known{
        "intel_iommu", "amd_iommu", "iommu",     "vfio",    "pcie_acs_override",
        "pci=",        "isolcpus",  "nohz_full", "ctrlpass"};
    // Of these only that they are there: they name disks.
    constexpr std::array<std::string_view, 4> named{"rd.luks.", "luks.", "cryptdevice", "cryptkey"};
    std::string kept;
    for (std::size_t begin = 0; begin < line.size();) {
        const auto end = std::min(line.find_first_of(" \n", begin), line.size());
        std::string word = line.substr(begin, end - begin);
        begin = end + 1;
        const auto fits = [&](std::string_view start) { return word.starts_with(start); };
        const bool masked = std::ranges::any_of(named, fits);
        if (masked) word = word.substr(0, word.find('=')) + "=masked";
        if (masked || std::ranges::any_of(known, fits)) kept += (kept.empty() ? "" : " ") + word;
    }
    return kept + "\n";
}

bool is_serial(const std::string& path) {
    return path.ends_with("/serial") || path.ends_with("/serial_number");
}

std::string masked_link_names(const std::string& text) {
    static const std::regex name("enx[0-9a-f]{12}");
    return std::regex_replace(text, name, "enx000000000000");
}

/// The words of a line as they stand there, octal escapes kept.
std::vector<std::string> words_of(const std::string& line) {
    std::vector<std::string> words;
    for (std::size_t begin = line.find_first_not_of(" \t"); begin != line.npos;) {
        const auto end = std::min(line.find_first_of(" \t", begin), line.size());
        words.push_back(line.substr(begin, end - begin));
        begin = line.find_first_not_of(" \t", end);
    }
    return words;
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

/// Options of a mount name servers and users.
std::string mounts(const std::string& text) {
    static const std::regex options(R"(( - \S+ \S+) [^\n]*)");
    return masked(std::regex_replace(text, options, "$1 rw"));
}

std::uint64_t mixed(std::uint64_t value) {  // splitmix64
    value += 0x9e3779b97f4a7c15U;
    value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9U;
    value = (value ^ (value >> 27U)) * 0x94d049bb133111ebU;
    return value ^ (value >> 31U);
}

std::string joined_words(const std::vector<std::string>& words) {
    std::string line;
    for (const std::string& word : words) line += (line.empty() ? "" : "\t") + word;
    return line + "\n";
}

unsigned number16(const std::string& text) {
    unsigned value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value, 16);
    return value;
}

/// proc/net/route has its addresses as numbers of this machine: turned into digits in the order
/// of the network, and back.
std::string swapped(const std::string& word) {
    if constexpr (std::endian::native != std::endian::little) return word;
    std::string turned;
    for (std::size_t i = word.size(); i >= 2; i -= 2) turned += word.substr(i - 2, 2);
    return turned;
}

}  // namespace

Mask::Mask() {
    if (::getrandom(&key_, sizeof key_, 0) != static_cast<ssize_t>(sizeof key_)) key_ = 0;
}

std::string Mask::path(const std::string& path) {
    constexpr std::string_view folder = "by-id/";
    const auto at = path.find(folder);
    if (at == path.npos || at + folder.size() == path.size()) return masked_link_names(path);
    const std::string name = path.substr(at + folder.size());
    const auto known =
        ids_.emplace(name, "masked-" + std::to_string(ids_.size() + 1)).first->second;
    return path.substr(0, at + folder.size()) + known;
}

std::string Mask::content(const std::string& path, const std::string& text) {
    if (is_serial(path)) return "masked\n";
    if (path == "proc/cmdline") return relevant_words(text);
    if (path == "proc/self/mountinfo") return mounts(text);
    if (path == "proc/net/route") return masked_link_names(routes4(text));
    if (path == "proc/net/fib_trie") return addresses4(text);
    if (path == "proc/net/if_inet6" || path == "proc/net/ipv6_route")
        return masked_link_names(table6(text));
    if (path == "etc/fstab") return fstab(text);
    if (path == "etc/crypttab") return crypttab(text);
    if (path == "proc/net/tcp" || path == "proc/net/tcp6") return listening_sockets(text);
    if (path.starts_with("etc/ssh/") || path.starts_with("etc/systemd/system/ssh"))
        return ssh_ports_only(text);
    if (path.ends_with("/dm/uuid")) return text.substr(0, text.find('-')) + "-masked\n";
    if (path.starts_with("run/udev/data/")) return udev_data(text);
    if (path.starts_with("etc/lvm/backup/")) return volume_group(text);
    return masked(text);
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

std::string Mask::crypttab(const std::string& text) {
    std::string kept;
    for (const std::string& line : lines_of(text)) {
        const auto words = words_of(line);
        const bool wanted = words.size() >= 2 && is_device(words[1]) && words[0].front() != '#';
        const auto colon = wanted && words.size() >= 3 ? words[2].find(':') : std::string::npos;
        const bool asks = words.size() < 3 || words[2] == "none" || words[2] == "-";
        const std::string key = colon != std::string::npos ? "key" + words[2].substr(colon)
                                : asks                     ? "none"
                                                           : "masked";
        kept += wanted ? words[0] + " " + path(words[1]) + " " + path(key) +
                             answering_devices(words) + "\n"
                       : "#\n";
    }
    return kept;
}

/// Two addresses have as many leading bits in common as before; the first eight stay, they only
/// tell the kind of network.
std::string Mask::address(const std::string& digits, unsigned length) const {
    std::string result;
    std::uint64_t state = key_;
    unsigned bit = 0;
    for (const char digit : digits) {
        const unsigned value = number16(std::string(1, digit));
        unsigned out = 0;
        for (int shift = 3; shift >= 0; --shift, ++bit) {
            const unsigned plain = value >> static_cast<unsigned>(shift) & 1U;
            const unsigned flip = bit >= 8 && bit < length ? mixed(state) & 1U : 0U;
            out |= (plain ^ flip) << static_cast<unsigned>(shift);
            state = mixed(state * 2 + plain + 1);
        }
        result += "0123456789abcdef"[out];
    }
    return result;
}

std::string Mask::routes4(const std::string& text) const {
    std::string kept;
    for (const std::string& line : lines_of(text)) {
        auto words = words_of(line);
        if (words.size() >= 8 && words[1].size() == 8 && words[7].size() == 8) {
            const auto length = static_cast<unsigned>(std::popcount(number16(words[7])));
            words[1] = swapped(address(swapped(words[1]), length));
            if (words[2] != "00000000") words[2] = swapped(address(swapped(words[2]), 32));
        }
        kept += joined_words(words);
    }
    return kept;
}

std::string Mask::addresses4(const std::string& text) const {
    std::string kept;
    std::string last;
    for (const std::string& line : lines_of(text)) {
        const auto words = words_of(line);
        if (words.size() == 2 && words[0] == "|--") last = words[1];
        const auto bytes = parse_ip(last);
        if (words.size() < 3 || words[2] != "LOCAL" || !bytes || bytes->front() == 127) continue;
        std::array<char, 9> digits{};
        std::snprintf(digits.data(), digits.size(), "%02x%02x%02x%02x", (*bytes)[0], (*bytes)[1],
                      (*bytes)[2], (*bytes)[3]);
        const std::string hidden = address(digits.data(), 32);
        std::string dotted;
        for (std::size_t i = 0; i < hidden.size(); i += 2)
            dotted += (i == 0 ? "" : ".") + std::to_string(number16(hidden.substr(i, 2)));
        kept += "     |-- " + dotted + "\n        /32 host LOCAL\n";
    }
    return kept;
}

/// if_inet6 and ipv6_route: words of 32 digits are addresses, of the latter's first two the
/// length of the prefix follows.
std::string Mask::table6(const std::string& text) const {
    std::string kept;
    for (const std::string& line : lines_of(text)) {
        auto words = words_of(line);
        const bool routes = words.size() >= 10;
        for (std::size_t i = 0; i < words.size(); ++i) {
            const std::string& word = words[i];
            const bool plain = word.starts_with("fe8") || word.starts_with("ff") ||
                               word.starts_with("0000000000000000");
            if (word.size() != 32 || plain) continue;
            const unsigned length = routes && i < 4 ? number16(words[i + 1]) : 128;
            words[i] = address(word, length);
        }
        kept += joined_words(words);
    }
    return kept;
}

std::string masked(const std::string& text) {
    static const std::regex mac("([0-9a-fA-F]{2}:){5}[0-9a-fA-F]{2}");
    static const std::regex ip(R"(\b[0-9]{1,3}(\.[0-9]{1,3}){3}\b)");
    static const std::regex serial("(<serial>|<entry name='serial'>)[^<]*<");
    std::string result = std::regex_replace(text, mac, "00:00:00:00:00:00");
    result = std::regex_replace(result, ip, "0.0.0.0");
    result = std::regex_replace(result, serial, "$1masked<");
    return masked_link_names(result);
}

}  // namespace ctrlpass
