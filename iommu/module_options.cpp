// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/module_options.hpp"

#include <algorithm>
#include <optional>

#include "iommu/lines.hpp"

namespace ctrlpass {

namespace {

constexpr std::size_t longest_file = 1U << 20U;

std::string with(std::string text, char from, char to) {
    std::ranges::replace(text, from, to);
    return text;
}

/// The value of the word `KEY=VALUE`.
std::optional<std::string> value_in(const std::vector<std::string>& words, const std::string& key) {
    for (const std::string& word : words)
        if (word.starts_with(key + "=")) return word.substr(key.size() + 1);
    return std::nullopt;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> read_module_options(
    const Root& root, const std::string& command_line, const std::string& module,
    const std::string& key) {
    const std::string dashes = with(module, '_', '-');
    const std::string lines = with(module, '-', '_');
    std::vector<std::pair<std::string, std::string>> found;
    for (const std::string& name : {dashes, lines}) {
        const auto value = value_in(words_of(command_line), name + "." + key);
        if (value) found.emplace_back("the kernel command line", *value);
        if (dashes == lines) break;
    }
    for (const std::string folder : {"etc/modprobe.d/", "usr/lib/modprobe.d/", "run/modprobe.d/"}) {
        for (const std::string& file : root.names(folder)) {
            if (!file.ends_with(".conf")) continue;
            const std::string text = root.read(folder + file, longest_file).value_or("");
            for (const std::string& line : lines_of(text)) {
                const auto words = words_of(line);
                if (words.size() < 3 || words[0] != "options" || with(words[1], '-', '_') != lines)
                    continue;
                const auto value = value_in(words, key);
                if (value) found.emplace_back("/" + folder + file, *value);
            }
        }
    }
    return found;
}

}  // namespace ctrlpass
