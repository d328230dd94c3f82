// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/render/suggest.hpp"

#include <algorithm>
#include <vector>

namespace ctrlpass {

namespace {

/// Optimal string alignment distance.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::vector<std::size_t>> cost(a.size() + 1,
                                               std::vector<std::size_t>(b.size() + 1));
    for (std::size_t i = 0; i <= a.size(); ++i) cost[i][0] = i;
    for (std::size_t j = 0; j <= b.size(); ++j) cost[0][j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = cost[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0U : 1U);
            cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, replaced});
            const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped) cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
        }
    }
    return cost[a.size()][b.size()];
}

}  // namespace

std::optional<std::string> nearest(std::string_view written,
                                   std::span<const std::string_view> known) {
    constexpr std::size_t longest = 64;  // hostile text is not worth the square of its length
    if (written.size() > longest) return std::nullopt;
    std::string_view best;
    std::size_t least = longest;
    for (const auto word : known) {
        const std::size_t here = distance(written, word);
        if (here < least && here <= std::max<std::size_t>(1, word.size() / 3)) {
            best = word;
            least = here;
        }
    }
    if (best.empty()) return std::nullopt;
    return std::string(best);
}

std::string suggestion(std::string_view written, std::span<const std::string_view> known) {
    if (const auto word = nearest(written, known)) return "Did you mean '" + *word + "'?";
    std::string list;
    for (const auto word : known) list += (list.empty() ? "" : ", ") + std::string(word);
    return "Known here: " + list + ".";
}

}  // namespace ctrlpass
