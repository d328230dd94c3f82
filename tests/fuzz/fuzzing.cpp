// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/fuzz/fuzzing.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "src/render/text.hpp"

namespace ctrlpass::fuzzing {

void require(bool holds, std::string_view what, std::string_view seen) {
    if (holds) return;
    std::fprintf(stderr, "does not hold: %.*s\n%s\n", static_cast<int>(what.size()), what.data(),
                 printable(seen).c_str());
    std::abort();
}

void require_printable(std::string_view text, std::string_view what) {
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto line = text.substr(0, end);
        require(printable(line) == line, what, line);
        text.remove_prefix(std::min(end + 1, text.size()));
    }
}

std::string text_of(const std::uint8_t* data, std::size_t size) { return {data, data + size}; }

}  // namespace ctrlpass::fuzzing
