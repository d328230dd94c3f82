// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/unit_files.hpp"

#include "iommu/lines.hpp"
#include "iommu/number.hpp"

namespace ctrlpass {

namespace {

/// Comments within a line that goes on are left out.
std::vector<std::string> whole_lines(const std::string& text) {
    std::vector<std::string> lines;
    bool goes_on = false;
    for (std::string line : lines_of(text)) {
        const auto begin = line.find_first_not_of(" \t");
        const bool comment = begin != line.npos && (line[begin] == '#' || line[begin] == ';');
        if (comment) continue;
        const bool more = line.ends_with('\\');
        if (more) line.back() = ' ';
        if (goes_on)
            lines.back() += line;
        else
            lines.push_back(std::move(line));
        goes_on = more;
    }
    return lines;
}

std::string without_white(const std::string& text) {
    const auto begin = text.find_first_not_of(" \t\r");
    if (begin == text.npos) return {};
    return text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

std::string without_escapes(std::string_view text, bool slashes) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = text.substr(i, 2) == "\\x" && i + 4 <= text.size()
                              ? number_in<std::uint8_t>(text.substr(i + 2, 2), 16)
                              : std::nullopt;
        plain += byte ? static_cast<char>(*byte) : slashes && text[i] == '-' ? '/' : text[i];
        if (byte) i += 3;
    }
    return plain;
}

}  // namespace

std::vector<UnitSetting> unit_settings(const std::string& text) {
    std::vector<UnitSetting> settings;
    std::string section;
    for (const std::string& line : whole_lines(text)) {
        const std::string bare = without_white(line);
        if (bare.starts_with('[')) section = bare;
        const auto equals = bare.find('=');
        if (bare.starts_with('[') || equals == bare.npos) continue;
        settings.push_back({section, without_white(bare.substr(0, equals)),
                            without_white(bare.substr(equals + 1))});
    }
    return settings;
}

std::string path_of_unit(std::string_view escaped) {
    return escaped == "-" ? "/" : "/" + without_escapes(escaped, true);
}

std::vector<std::string> unit_words(std::string_view value) {
    std::vector<std::string> words(1);
    char quote = '\0';
    for (const char c : value) {
        if (quote != '\0' ? c == quote : c == '"' || c == '\'') {
            quote = quote == '\0' ? c : '\0';
        } else if (quote == '\0' && (c == ' ' || c == '\t')) {
            if (!words.back().empty()) words.emplace_back();
        } else {
            words.back() += c;
        }
    }
    if (words.back().empty()) words.pop_back();
    for (std::string& word : words) word = without_escapes(word, false);
    return words;
}

}  // namespace ctrlpass
