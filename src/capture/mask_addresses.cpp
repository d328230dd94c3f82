// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/capture/mask_addresses.hpp"

#include <sys/random.h>

#include <array>
#include <charconv>
#include <cstdio>

#include "iommu/network.hpp"

namespace ctrlpass {

namespace {

std::uint64_t mixed(std::uint64_t value) {  // splitmix64
    value += 0x9e3779b97f4a7c15U;
    value = (value ^ (value >> 30U)) * 0xbf58476d1ce4e5b9U;
    value = (value ^ (value >> 27U)) * 0x94d049bb133111ebU;
    return value ^ (value >> 31U);
}

unsigned number16(const std::string& text) {
    unsigned value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value, 16);
    return value;
}

}  // namespace

AddressMask::AddressMask() {
    if (::getrandom(&key_, sizeof key_, 0) != static_cast<ssize_t>(sizeof key_)) key_ = 0;
}

/// Two addresses have as many leading bits in common as before; the first eight stay, they only
/// tell the kind of network.
std::string AddressMask::hidden(const std::string& digits, unsigned length) const {
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

std::string AddressMask::address(const std::string& text) const {
    const auto bytes = parse_ip(text);
    if (!bytes) return "";
    std::string digits;
    for (const std::uint8_t byte : *bytes) {
        std::array<char, 4> two{};
        std::snprintf(two.data(), two.size(), "%02x", byte);
        digits += two.data();
    }
    const std::string masked = hidden(digits, static_cast<unsigned>(4 * digits.size()));
    Network::Bytes result;
    for (std::size_t i = 0; i < masked.size(); i += 2)
        result.push_back(static_cast<std::uint8_t>(number16(masked.substr(i, 2))));
    return to_string(result);
}

}  // namespace ctrlpass
