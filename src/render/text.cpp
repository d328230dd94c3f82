// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/render/text.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <optional>

namespace ctrlpass {

namespace {

constexpr char32_t replacement = 0xfffd;

/// Letters that mean themselves to every shell.
constexpr std::string_view plain_in_shells =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789%+,-./:=@_";

bool is_plain_in_shells(std::string_view text) {
    return !text.empty() && text.find_first_not_of(plain_in_shells) == text.npos;
}

std::string single_quoted(std::string_view text) {
    std::string quoted = "'";
    for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return quoted + "'";
}

struct CodePoint {
    char32_t value;
    std::size_t length;  ///< bytes
};

/// The code point that a well-formed UTF-8 text begins with (RFC 3629: shortest form, no
/// surrogates, at most 10ffff).
std::optional<CodePoint> first_of(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char lead = byte(0);
    if (lead < 0x80) return CodePoint{lead, 1};
    const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    constexpr std::array<char32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
    if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return std::nullopt;
    char32_t value = lead & (0xffU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xc0U) != 0x80) return std::nullopt;
        value = (value << 6U) | (byte(i) & 0x3fU);
    }
    const bool surrogate = value >= 0xd800 && value <= 0xdfff;
    if (value < least[length] || value > 0x10ffff || surrogate) return std::nullopt;
    return CodePoint{value, length};
}

/// Controls, and format characters that change what is seen around them.
bool misleads(char32_t c) {
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad || c == 0x61c ||
           (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
           (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfff0 && c <= 0xfffb) ||
           (c >= 0xe0000 && c <= 0xe0fff);
}

std::string escaped(char32_t c) {
    std::array<char, 16> text{};
    const auto value = static_cast<unsigned>(c);
    if (c < 0x100)
        std::snprintf(text.data(), text.size(), "\\x%02x", value);
    else if (c < 0x10000)
        std::snprintf(text.data(), text.size(), "\\u%04x", value);
    else
        std::snprintf(text.data(), text.size(), "\\U%08x", value);
    return text.data();
}

/// As \uXXXX, and beyond those as two of them (RFC 8259).
std::string json_escaped(char32_t c) {
    std::array<char, 16> text{};
    const auto value = static_cast<unsigned>(c);
    if (c < 0x10000)
        std::snprintf(text.data(), text.size(), "\\u%04x", value);
    else
        std::snprintf(text.data(), text.size(), "\\u%04x\\u%04x", 0xd7c0 + (value >> 10U),
                      0xdc00 + (value & 0x3ffU));
    return text.data();
}

/// $'…', which bash, zsh and ksh read: every byte that cannot be shown is \xNN, and what stands on
/// one line stays there.
std::string ansi_c_word(std::string_view text) {
    std::string word = "$'";
    while (!text.empty()) {
        const auto point = first_of(text);
        const std::size_t length = point ? point->length : 1;
        if (!point || misleads(point->value)) {
            for (const char c : text.substr(0, length))
                word += escaped(static_cast<unsigned char>(c));
        } else {
            if (text.front() == '\'' || text.front() == '\\') word += '\\';
            word += text.substr(0, length);
        }
        text.remove_prefix(length);
    }
    return word + "'";
}

/// What POSIX's printf says of these bytes: each that is not a plain letter is \NNN.
std::string printf_format(std::string_view text) {
    std::string format;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        std::array<char, 8> escape{};
        std::snprintf(escape.data(), escape.size(), "\\%03o", byte);
        format += plain_in_shells.find(c) != plain_in_shells.npos && c != '%' && c != '-'
                      ? std::string(1, c)
                      : escape.data();
    }
    return format;
}

/// East Asian wide and emoji blocks take two columns, combining marks none.
std::size_t columns_of(char32_t c) {
    if ((c >= 0x300 && c <= 0x36f) || (c >= 0x1ab0 && c <= 0x1aff) || (c >= 0x20d0 && c <= 0x20ff))
        return 0;
    const bool wide = (c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0xa4cf) ||
                      (c >= 0xac00 && c <= 0xd7a3) || (c >= 0xf900 && c <= 0xfaff) ||
                      (c >= 0xfe30 && c <= 0xfe6f) || (c >= 0xff00 && c <= 0xff60) ||
                      (c >= 0x1f300 && c <= 0x1faff) || (c >= 0x20000 && c <= 0x3fffd);
    return wide ? 2 : 1;
}

std::string_view code_of(Ink ink) {
    switch (ink) {
        case Ink::strong:
            return "\x1b[1m";
        case Ink::good:
            return "\x1b[32m";
        case Ink::warning:
            return "\x1b[33m";
        case Ink::bad:
            return "\x1b[31m";
        case Ink::faint:
            return "\x1b[2m";
    }
    return "";
}

}  // namespace

std::string joined(const std::vector<std::string>& parts) {
    std::string text;
    for (const std::string& part : parts) text += (text.empty() ? "" : ", ") + part;
    return text;
}

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const auto point = first_of(text);
        if (!point) return false;
        text.remove_prefix(point->length);
    }
    return true;
}

std::string printable(std::string_view hostile) {
    std::string text;
    while (!hostile.empty()) {
        const auto point = first_of(hostile);
        const std::size_t length = point ? point->length : 1;
        if (!point)
            text += escaped(static_cast<unsigned char>(hostile.front()));
        else if (misleads(point->value))
            text += escaped(point->value);
        else
            text += hostile.substr(0, length);
        hostile.remove_prefix(length);
    }
    return text;
}

std::string json_on_terminal(std::string_view document) {
    std::string text;
    while (!document.empty()) {
        const auto point = first_of(document);
        const std::size_t length = point ? point->length : 1;
        // What is ASCII is the document's own; its strings have no control but DEL.
        const bool keep = point && (point->value == '\n' || !misleads(point->value));
        text += keep ? std::string(document.substr(0, length))
                     : json_escaped(point ? point->value : replacement);
        document.remove_prefix(length);
    }
    return text;
}

std::string shell_word(const std::string& text) {
    if (is_plain_in_shells(text)) return text;
    return printable(text) == text ? single_quoted(text) : ansi_c_word(text);
}

std::string sh_word(const std::string& text) {
    if (is_plain_in_shells(text)) return text;
    if (printable(text) == text) return single_quoted(text);
    // $(…) takes newlines off the end.
    const auto last = text.find_last_not_of('\n');
    const auto end = last == text.npos ? 0 : last + 1;
    return "\"$(printf '" + printf_format(std::string_view(text).substr(0, end)) + "')" +
           text.substr(end) + "\"";
}

std::size_t width_of(std::string_view text) {
    std::size_t width = 0;
    while (!text.empty()) {
        const auto point = first_of(text);
        width += point ? columns_of(point->value) : 1;
        text.remove_prefix(point ? point->length : 1);
    }
    return width;
}

std::string padded(std::string text, std::size_t width) {
    const std::size_t taken = width_of(text);
    if (taken < width) text.append(width - taken, ' ');
    return text;
}

Style Style::of(Color color, int descriptor) {
    if (color != Color::automatic) return Style(color == Color::always);
    const char* const term = std::getenv("TERM");
    const bool dumb = term != nullptr && std::string_view(term) == "dumb";
    return Style(::isatty(descriptor) == 1 && std::getenv("NO_COLOR") == nullptr && !dumb);
}

std::string Style::paint(Ink ink, const std::string& text) const {
    if (!colored_) return text;
    return std::string(code_of(ink)) + text + "\x1b[0m";
}

}  // namespace ctrlpass
