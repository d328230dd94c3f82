// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/capture/mask.hpp"

#include "src/capture/let_through.hpp"

namespace ctrlpass {

Mask::Mask()
    : places(names, [this](const std::string& path) { return listed_name(*this, path); }) {}

std::optional<std::string> Mask::content(const std::string& path, const std::string& text) {
    const LetThrough* const entry = let_through(path);
    if (entry == nullptr) return std::nullopt;
    return entry->filter(*this, path, text);
}

}  // namespace ctrlpass
