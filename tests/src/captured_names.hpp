// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace ctrlpass::tests {

/// Words and numbers, without the marks between them.
inline std::vector<std::string> words_in(const std::string& text) {
    std::vector<std::string> words(1);
    for (const char c : text) {
        if (std::string_view(" \n\t/,;:'\"()=").find(c) == std::string_view::npos)
            words.back() += c;
        else if (!words.back().empty())
            words.emplace_back();
    }
    return words;
}

inline bool is_pseudonym(const std::string& word) {
    for (const char* const kind : {"name", "serial", "link", "02", "enx02", "-name"})
        if (word.find(kind) != std::string::npos) return true;
    // Numbers, UUIDs and addresses in the shape of what was there.
    return word.find_first_not_of("0123456789abcdef.:-") == std::string::npos;
}

/// Everything in the text of the copy but its pseudonyms stands in that of the machine, in order.
inline bool says_the_same(const std::string& machine, const std::string& copy) {
    const auto there = words_in(machine);
    auto at = there.begin();
    for (const std::string& word : words_in(copy)) {
        const auto next = std::find(at, there.end(), word);
        if (next == there.end() && !is_pseudonym(word)) return false;
        if (next != there.end()) at = next + 1;
    }
    return true;
}

}  // namespace ctrlpass::tests
