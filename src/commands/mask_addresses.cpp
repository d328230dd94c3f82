// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/commands/mask_addresses.hpp"

#include <sys/random.h>

#include <array>
#include <bit>
#include <charconv>
#include <cstdio>
#include <vector>

#include "iommu/lines.hpp"
#include "iommu/network.hpp"

namespace ctrlpass {

namespace {

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

std::string AddressMask::routes4(const std::string& text) const {
    std::string kept;
    for (const std::string& line : lines_of(text)) {
        auto words = words_of(line);
        if (words.size() >= 8 && words[1].size() == 8 && words[7].size() == 8) {
            const auto length = static_cast<unsigned>(std::popcount(number16(words[7])));
            words[1] = swapped(hidden(swapped(words[1]), length));
            if (words[2] != "00000000") words[2] = swapped(hidden(swapped(words[2]), 32));
        }
        kept += joined_words(words);
    }
    return kept;
}

std::string AddressMask::list4(const std::string& text) const {
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
        const std::string address = hidden(digits.data(), 32);
        std::string dotted;
        for (std::size_t i = 0; i < address.size(); i += 2)
            dotted += (i == 0 ? "" : ".") + std::to_string(number16(address.substr(i, 2)));
        kept += "     |-- " + dotted + "\n        /32 host LOCAL\n";
    }
    return kept;
}

/// if_inet6 and ipv6_route: words of 32 digits are addresses, of the latter's first two the
/// length of the prefix follows.
std::string AddressMask::table6(const std::string& text) const {
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
            words[i] = hidden(word, length);
        }
        kept += joined_words(words);
    }
    return kept;
}

}  // namespace ctrlpass
