// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/module_options.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "iommu/lines.hpp"

namespace ctrlpass {

namespace {

constexpr std::size_t longest_file = 1U << 20U;

/// The value of the last word `KEY=VALUE`; '-' and '_' in the key are the same.
std::optional<std::string> value_in(const std::vector<std::string>& words, const std::string& key) {
    std::optional<std::string> value;
    for (const std::string& word : words) {
        const auto equals = word.find('=');
        if (equals != word.npos && underscored(word.substr(0, equals)) == underscored(key))
            value = word.substr(equals + 1);
    }
    return value;
}

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/// Without the quotes around all of it or around its value.
std::string without_quotes(std::string word) {
    const auto begin = word.starts_with('"') ? 0 : word.find("=\"");
    if (begin == word.npos) return word;
    word.erase(begin == 0 ? 0 : begin + 1, 1);
    if (word.ends_with('"')) word.pop_back();
    return word;
}

}  // namespace

std::string underscored(std::string_view name) {
    std::string text(name);
    std::ranges::replace(text, '-', '_');
    return text;
}

std::vector<std::string> kernel_words(std::string_view line) {
    std::vector<std::string> words;
    std::string word;
    bool quoted = false;
    for (const char c : line) {
        if (c == '"') quoted = !quoted;
        if (!is_blank(c) || quoted) {
            word += c;
            continue;
        }
        if (!word.empty()) words.push_back(without_quotes(std::exchange(word, {})));
    }
    if (!word.empty()) words.push_back(without_quotes(std::move(word)));
    return words;
}

std::vector<std::string> words_for_kernel(const std::string& command_line) {
    auto words = kernel_words(command_line);
    words.erase(std::ranges::find(words, "--"), words.end());
    return words;
}

std::vector<std::string> modprobe_files(const Root& root) {
    constexpr std::array folders{"etc/modprobe.d/", "run/modprobe.d/", "usr/local/lib/modprobe.d/",
                                 "usr/lib/modprobe.d/", "lib/modprobe.d/"};
    std::map<std::string, std::string> files;
    for (const std::string folder : folders)
        for (const std::string& name : root.names(folder))
            if (name.ends_with(".conf")) files.emplace(name, folder + name);
    std::vector<std::string> paths;
    for (const auto& [name, path] : files) paths.push_back(path);
    return paths;
}

std::vector<std::pair<int, std::string>> modprobe_lines(std::string_view text) {
    std::vector<std::pair<int, std::string>> found;
    int number = 0;
    bool goes_on = false;
    for (std::string line : lines_of(text)) {
        ++number;
        const bool continued = line.ends_with('\\');
        if (continued) line.back() = ' ';
        if (goes_on)
            found.back().second += line;
        else
            found.emplace_back(number, line);
        goes_on = continued;
    }
    std::erase_if(found, [](const auto& line) {
        const auto first = line.second.find_first_not_of(" \t");
        return first == std::string::npos || line.second[first] == '#';
    });
    return found;
}

std::vector<std::pair<std::string, std::string>> read_module_options(
    const Root& root, const std::string& command_line, const std::string& module,
    const std::string& key) {
    std::vector<std::pair<std::string, std::string>> found;
    if (const auto value = value_in(words_for_kernel(command_line), module + "." + key))
        found.emplace_back("the kernel command line", *value);
    for (const std::string& file : modprobe_files(root)) {
        std::optional<std::string> said;
        const std::string text = root.read(file, longest_file).value_or("");
        for (const auto& [number, line] : modprobe_lines(text)) {
            const auto words = kernel_words(line);
            if (words.size() < 3 || words[0] != "options" ||
                underscored(words[1]) != underscored(module))
                continue;
            if (auto value = value_in(words, key)) said = std::move(value);
        }
        if (said) found.emplace_back("/" + file, *said);
    }
    return found;
}

}  // namespace ctrlpass
