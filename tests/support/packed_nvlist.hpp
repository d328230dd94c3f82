// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace ctrlpass::tests {

/// A list of names and values as OpenZFS packs it, in XDR: what zpool.cache consists of.
class PackedList {
  public:
    PackedList& text(const std::string& name, const std::string& value) {
        return pair(name, 9, 1, string(value));
    }
    PackedList& number(const std::string& name, std::uint64_t value) {
        return pair(name, 8, 1,
                    word(static_cast<std::uint32_t>(value >> 32U)) +
                        word(static_cast<std::uint32_t>(value)));
    }
    PackedList& list(const std::string& name, const PackedList& value) {
        return pair(name, 19, 1, value.body());
    }
    PackedList& lists(const std::string& name, const std::vector<PackedList>& values) {
        std::string bytes;
        for (const PackedList& value : values) bytes += value.body();
        return pair(name, 20, static_cast<std::uint32_t>(values.size()), bytes);
    }
    /// With the four bytes that tell the encoding, as the file has it.
    std::string packed() const { return std::string("\1\1\0\0", 4) + body(); }

  private:
    static std::string word(std::uint32_t value) {
        std::string bytes;
        for (const unsigned shift : {24U, 16U, 8U, 0U}) bytes += static_cast<char>(value >> shift);
        return bytes;
    }
    static std::string string(const std::string& value) {
        return word(static_cast<std::uint32_t>(value.size())) + value +
               std::string((4 - value.size() % 4) % 4, '\0');
    }
    std::string body() const { return word(0) + word(1) + pairs_ + word(0) + word(0); }
    PackedList& pair(const std::string& name, std::uint32_t type, std::uint32_t count,
                     const std::string& value) {
        const std::string rest = string(name) + word(type) + word(count) + value;
        const auto size = static_cast<std::uint32_t>(rest.size() + 8);
        pairs_ += word(size) + word(size) + rest;
        return *this;
    }

    std::string pairs_;
};

}  // namespace ctrlpass::tests
