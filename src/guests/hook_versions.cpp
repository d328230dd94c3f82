// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/guests/hook_versions.hpp"

#include <array>
#include <filesystem>

#include "src/ledger/ledger.hpp"

namespace ctrlpass {

namespace {

/// A text with holes, all of which hold the same.
struct Version {
    std::array<std::string_view, 3> pieces;
    std::size_t holes = 2;
};

/// The newest first.
constexpr std::array<Version, 2> versions{{{{R"(#!/bin/sh
# Written by ctrlpass apply, taken away by ctrlpass rollback: see ctrlpass(8).
command -v ctrlpass > /dev/null || exit 0
case $2 in
    prepare)
        # A guest for which libvirt takes nothing from the host starts, whatever ctrlpass says.
        definition=$(cat)
        case $definition in *"managed='yes'"*) ;; *) exit 0 ;; esac
        printf '%s\n' "$definition" | ctrlpass hook prepare)",
                                             R"(
        ;;
    started)
        ctrlpass hook started)",
                                             R"(
        exit 0
        ;;
esac
)"},
                                            2},
                                           {{R"(#!/bin/sh
# Written by ctrlpass apply, taken away by ctrlpass rollback: see ctrlpass(8).
case $2 in
    prepare | started) ;;
    *) exit 0 ;;
esac
command -v ctrlpass > /dev/null || exit 0
exec ctrlpass hook "$2")",
                                             "\n", ""},
                                            1}}};

std::string filled(const Version& version, std::string_view hole) {
    std::string text(version.pieces[0]);
    for (std::size_t i = 1; i <= version.holes; ++i) {
        text += hole;
        text += version.pieces[i];
    }
    return text;
}

/// What is in the holes, if the text is of this version.
std::optional<std::string_view> hole_of(const Version& version, std::string_view text) {
    std::size_t fixed = 0;
    for (const std::string_view piece : version.pieces) fixed += piece.size();
    if (text.size() < fixed || !text.starts_with(version.pieces[0])) return std::nullopt;
    const auto hole = text.substr(version.pieces[0].size(), (text.size() - fixed) / version.holes);
    return filled(version, hole) == text ? std::optional(hole) : std::nullopt;
}

/// The byte whose number stands there, in octal or hexadecimal; it is taken off the text.
std::optional<char> numbered(std::string_view& text, std::size_t digits, unsigned base) {
    unsigned value = 0;
    if (text.size() < digits) return std::nullopt;
    for (const char c : text.substr(0, digits)) {
        const auto digit = std::string_view("0123456789abcdef").find(c);
        if (digit >= base) return std::nullopt;
        value = value * base + static_cast<unsigned>(digit);
    }
    text.remove_prefix(digits);
    return static_cast<char>(static_cast<unsigned char>(value));
}

/// 'it'\''s'.
std::optional<std::string> in_single_quotes(std::string_view word) {
    constexpr std::string_view quote = "'\\''";
    word.remove_prefix(1);
    std::string text;
    while (!word.empty()) {
        if (word == "'") return text;
        if (word.starts_with(quote)) {
            text += '\'';
            word.remove_prefix(quote.size());
        } else if (word.front() == '\'') {
            return std::nullopt;
        } else {
            text += word.front();
            word.remove_prefix(1);
        }
    }
    return std::nullopt;
}

/// $'a\x09b', which older ones wrote and sh does not read.
std::optional<std::string> in_bash_quotes(std::string_view word) {
    word.remove_prefix(2);
    std::string text;
    while (word.size() > 1) {
        char c = word.front();
        word.remove_prefix(1);
        if (c == '\\') {
            c = word.front();
            word.remove_prefix(1);
            if (c == 'x') {
                const auto byte = numbered(word, 2, 16);
                if (!byte) return std::nullopt;
                c = *byte;
            }
        }
        text += c;
    }
    return word == "'" ? std::optional(text) : std::nullopt;
}

/// "$(printf 'a\011b')", with newlines of its end behind the parenthesis.
std::optional<std::string> from_printf(std::string_view word) {
    constexpr std::string_view begin = "\"$(printf '";
    constexpr std::string_view end = "')";
    word.remove_prefix(begin.size());
    const auto format_end = word.rfind(end);
    if (format_end == word.npos || !word.ends_with('"')) return std::nullopt;
    std::string_view format = word.substr(0, format_end);
    std::string text;
    while (!format.empty()) {
        const char c = format.front();
        format.remove_prefix(1);
        const auto byte = c == '\\' ? numbered(format, 3, 8) : c;
        if (!byte) return std::nullopt;
        text += *byte;
    }
    word.remove_prefix(format_end + end.size());
    return text + std::string(word.substr(0, word.size() - 1));
}

/// A word as ctrlpass quotes it, or has quoted it.
std::optional<std::string> read_word(std::string_view word) {
    if (word.starts_with("\"$(printf '")) return from_printf(word);
    if (word.starts_with("$'")) return in_bash_quotes(word);
    if (word.starts_with("'")) return in_single_quotes(word);
    const bool plain = !word.empty() && word.find_first_of(" \t\n\"'$\\`;&|<>()") == word.npos;
    return plain ? std::optional<std::string>(word) : std::nullopt;
}

}  // namespace

std::string hook_with(const std::string& state_option) {
    return filled(versions.front(), state_option);
}

std::optional<std::string> state_named_by_hook(std::string_view text) {
    constexpr std::string_view option = " --state ";
    for (const Version& version : versions) {
        const auto hole = hole_of(version, text);
        if (!hole) continue;
        if (hole->empty()) return usual_state;
        const auto state =
            hole->starts_with(option) ? read_word(hole->substr(option.size())) : std::nullopt;
        if (!state) return std::nullopt;
        std::filesystem::path path = std::filesystem::path(*state).lexically_normal();
        return path.has_filename() ? path.string() : path.parent_path().string();
    }
    return std::nullopt;
}

}  // namespace ctrlpass
