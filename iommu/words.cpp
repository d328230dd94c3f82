// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/words.hpp"

#include <algorithm>

namespace ctrlpass {

namespace {

std::vector<std::string> split(std::string_view text, std::string_view separators) {
    std::vector<std::string> parts;
    while (!text.empty()) {
        const auto end = std::min(text.find_first_of(separators), text.size());
        if (end > 0) parts.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return parts;
}

}  // namespace

std::vector<std::string> words_of(std::string_view line) { return split(line, " \t\n"); }

std::vector<std::string> lines_of(const Result<std::string>& text) {
    return text ? split(*text, "\n") : std::vector<std::string>{};
}

}  // namespace ctrlpass
