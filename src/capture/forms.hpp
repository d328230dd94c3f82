// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <string>
#include <string_view>

namespace ctrlpass {

/// What a value must look like to be let through as it is: its characters and its length.
enum class Form {
    number,   ///< one, decimal or hexadecimal
    numbers,  ///< several, with blanks, commas, colons, dashes and line ends between them
    word,     ///< letters, digits and . _ + - as in names of drivers, states and speeds
    words,    ///< several, with blanks, commas, colons, brackets and line ends between them
    text,     ///< what a device says for people, on one line
};
bool has_form(std::string_view text, Form form);

inline bool is_digit(char c) { return c >= '0' && c <= '9'; }
inline bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
inline bool is_hex(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
inline int hex_value(char c) { return is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10; }

/// All characters of the text are among these.
bool consists_of(std::string_view text, std::string_view characters);

/// A PCI address, with or without its domain: "0000:0a:00.3", "0a:00.3".
bool is_pci_address(std::string_view text);
/// Two numbers of four hexadecimal digits: "1b21:2142".
bool is_pci_id(std::string_view text);

}  // namespace ctrlpass
