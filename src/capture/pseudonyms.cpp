// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/capture/pseudonyms.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

#include "iommu/ascii.hpp"
#include "src/capture/forms.hpp"

namespace ctrlpass {

namespace {

constexpr std::size_t length_of_mac = 17;

bool is_mac(std::string_view text) {
    if (text.size() != length_of_mac) return false;
    for (std::size_t i = 0; i < text.size(); ++i)
        if (i % 3 == 2 ? text[i] != ':' : !is_hex(text[i])) return false;
    return true;
}

/// Label of udev's folders: \x20 is a blank there.
std::string decoded(std::string_view text) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool escape = text.substr(i, 2) == "\\x" && i + 3 < text.size() &&
                            is_hex(text[i + 2]) && is_hex(text[i + 3]);
        if (escape) {
            result += static_cast<char>(16 * hex_value(text[i + 2]) + hex_value(text[i + 3]));
            i += 3;
        } else {
            result += text[i];
        }
    }
    return result;
}

/// The letters that a name begins with and what follows.
std::pair<std::string_view, std::string_view> split_at_digit(std::string_view text) {
    const auto end = std::min(text.find_first_of("0123456789"), text.size());
    return {text.substr(0, end), text.substr(end)};
}

/// systemd.net-naming-scheme(7), the kernel's own names, and libvirt's.
bool is_usual_link(std::string_view name) {
    constexpr auto stems = std::to_array<std::string_view>(
        {"eth",  "wlan", "wwan",   "usb",   "bond", "br",    "virbr",   "vnet",
         "tun",  "tap",  "wg",     "dummy", "veth", "team",  "macvtap", "macvlan",
         "vlan", "ib",   "docker", "vmbr",  "sit",  "ip6tnl"});
    if (name == "lo" || name == "all") return true;
    const auto [stem, rest] = split_at_digit(name);
    if (std::ranges::find(stems, stem) != stems.end())
        return !rest.empty() && rest.find_first_not_of("0123456789.:") == rest.npos;
    // eno1, ens3f0np0, enp5s0, wlp0s20f3, enP2p1s0, enp0s20f0u1u2c2i3
    const bool built = name.starts_with("en") || name.starts_with("wl") || name.starts_with("ww");
    return built && name.size() > 3 &&
           std::string_view("opsP").find(name[2]) != std::string_view::npos && is_digit(name[3]) &&
           name.find_first_not_of("0123456789abcdefinopsuP.", 3) == name.npos;
}

}  // namespace

std::string Pseudonyms::numbered(std::string_view kind, std::string_view value) {
    const auto [entry, made] =
        known_.try_emplace(std::string(kind) + " " + lower(decoded(value)), "");
    if (made) entry->second = std::string(kind) + std::to_string(++last_[std::string(kind)]);
    return entry->second;
}

std::string Pseudonyms::name(std::string_view value) {
    return value.empty() ? "" : numbered("name", value);
}

std::string Pseudonyms::serial(std::string_view value) {
    return value.empty() ? "" : numbered("serial", value);
}

std::string Pseudonyms::id(std::string_view value) {
    std::string key;
    const auto is_mark = [](char c) { return c == '-' || c == ':'; };
    for (const char c : value)
        if (!is_mark(c)) key += c;
    constexpr std::size_t shortest = 4;
    constexpr std::size_t longest = 64;
    const bool shaped =
        key.size() >= shortest && value.size() <= longest &&
        std::ranges::all_of(key, [](char c) { return is_digit(c) || is_letter(c); });
    if (!shaped) return name(value);
    std::string number = numbered("id", key).substr(2);
    if (number.size() > key.size()) return name(value);
    const bool filled = number.size() < key.size();
    number.insert(0, key.size() - number.size(), '0');
    // Guids of zfs are decimal in udev's data and numbers in zpool.cache: no zero may be lost.
    constexpr std::size_t shortest_guid = 16;
    if (filled && key.size() >= shortest_guid && consists_of(key, "0123456789")) number[0] = '1';
    std::string text(value);
    auto digit = number.begin();
    for (char& c : text)
        if (!is_mark(c)) c = *digit++;
    return text;
}

std::string Pseudonyms::mapped(std::string_view value) {
    std::string text;
    std::string part;
    const auto end_part = [&] {
        text += name(part);
        part.clear();
    };
    for (std::size_t i = 0; i < value.size(); ++i) {
        if (value.substr(i, 2) == "--") {
            part += value[i++];
        } else if (value[i] == '-') {
            end_part();
            text += '-';
        } else {
            part += value[i];
        }
    }
    end_part();
    return text;
}

std::string Pseudonyms::mac(std::string_view value) {
    const std::string number = numbered("mac", value).substr(3);
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%012lx", std::stoul(number));
    std::string result = "02";
    for (std::size_t i = 2; i < 12; i += 2) result += std::string(":") + text[i] + text[i + 1];
    return result;
}

std::string Pseudonyms::link(std::string_view value) {
    constexpr std::size_t length = 15;  // enx001122334455
    const bool has_mac =
        value.size() == length && value[2] == 'x' &&
        (value.starts_with("en") || value.starts_with("wl") || value.starts_with("ww")) &&
        std::ranges::all_of(value.substr(3), is_hex);
    if (has_mac) {
        std::string colons;
        for (std::size_t i = 3; i < length; i += 2)
            colons += (colons.empty() ? "" : ":") + std::string(value.substr(i, 2));
        std::string digits = mac(colons);
        std::erase(digits, ':');
        return std::string(value.substr(0, 3)) + digits;
    }
    return is_usual_link(value) ? std::string(value) : numbered("link", value);
}

std::string Pseudonyms::without_macs(std::string_view text) {
    std::string result;
    for (std::size_t i = 0; i < text.size();) {
        if (is_mac(text.substr(i, length_of_mac))) {
            result += mac(text.substr(i, length_of_mac));
            i += length_of_mac;
        } else {
            result += text[i++];
        }
    }
    return result;
}

}  // namespace ctrlpass
