// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/capture/forms.hpp"

#include <algorithm>

#include "iommu/address.hpp"

namespace ctrlpass {

namespace {

constexpr std::size_t longest_number = 20;
constexpr std::size_t longest_word = 64;
constexpr std::size_t longest_text = 256;
constexpr std::size_t longest_list = 16384;

bool is_name(char c) { return is_digit(c) || is_letter(c) || std::string_view("._+-").contains(c); }

bool all(std::string_view text, auto fits) { return std::ranges::all_of(text, fits); }

bool is_number(std::string_view text) {
    if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
    if (text.starts_with("0x")) text.remove_prefix(2);
    return !text.empty() && text.size() <= longest_number && all(text, is_hex);
}

/// No word of a list is longer than a word may be: a key in hexadecimal digits is.
bool is_list(std::string_view text, std::string_view between, std::size_t longest) {
    std::size_t length = 0;
    for (const char c : text) {
        length = between.contains(c) ? 0 : length + 1;
        if (length > longest) return false;
    }
    return text.size() <= longest_list;
}

}  // namespace

bool consists_of(std::string_view text, std::string_view characters) {
    return text.find_first_not_of(characters) == text.npos;
}

bool has_form(std::string_view text, Form form) {
    if (text.ends_with('\n')) text.remove_suffix(1);
    constexpr std::string_view between_numbers = " ,:-./\t\n";
    constexpr std::string_view between_words = " ,:[]()\t\n";
    switch (form) {
        case Form::number:
            return is_number(text);
        case Form::numbers:
            return all(text,
                       [&](char c) {
                           return is_hex(c) || c == 'x' || between_numbers.contains(c);
                       }) &&
                   is_list(text, between_numbers, longest_number);
        case Form::word:
            return !text.empty() && text.size() <= longest_word && all(text, is_name);
        case Form::words:
            return all(text, [&](char c) { return is_name(c) || between_words.contains(c); }) &&
                   is_list(text, between_words, longest_word);
        case Form::text:
            return text.size() <= longest_text &&
                   text.find_first_of(std::string_view("\n\0", 2)) == text.npos;
    }
    return false;
}

bool is_pci_address(std::string_view text) {
    if (parse_address(text)) return true;
    return text.size() == 7 && parse_address("0000:" + std::string(text)).has_value();
}

bool is_pci_id(std::string_view text) {
    return text.size() == 9 && text[4] == ':' && all(text.substr(0, 4), is_hex) &&
           all(text.substr(5), is_hex);
}

}  // namespace ctrlpass
