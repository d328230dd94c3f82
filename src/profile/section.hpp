// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <toml++/toml.h>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "iommu/result.hpp"

namespace ctrlpass {

/// What parsing knows all along: whose file it is.
struct Source {
    std::string path;

    std::unexpected<Error> bad(const toml::source_region& region, std::string what,
                               std::string hint = {}) const {
        const std::string where = path + ":" + std::to_string(region.begin.line) + ":" +
                                  std::to_string(region.begin.column);
        return fail(std::move(what), where, std::move(hint), Trouble::bad_input);
    }
};

/// A table of the profile with the name that people know it by: "[vm]", "[[controller]]".
struct Section {
    const Source& source;
    const toml::table& table;
    std::string_view name;

    std::unexpected<Error> bad(const toml::node& node, std::string what,
                               std::string hint = {}) const {
        return source.bad(node.source(), std::move(what), std::move(hint));
    }
    std::string at(std::string_view key) const {
        return "'" + std::string(key) + "'" + (name.empty() ? "" : " in " + std::string(name));
    }
};

/// The nearest known key is named.
Result<> only_known_keys(const Section& section, std::span<const std::string_view> known);

/// "text", "a whole number": what a value must be.
std::string_view article_of(toml::node_type type);

/// The value of a key when it is there; a value of another type is an error.
template <typename T>
Result<const T*> value_of(const Section& section, std::string_view key) {
    const toml::node* const node = section.table.get(key);
    if (node == nullptr) return nullptr;
    if (const T* const value = node->as<T>()) return value;
    constexpr auto type = toml::impl::node_type_of<T>;
    return section.bad(*node, section.at(key) + " must be " + std::string(article_of(type)),
                       type == toml::node_type::table && node->is_array()
                           ? "Write [" + std::string(key) + "]: there is one."
                           : "");
}

Result<std::optional<std::string>> text_of(const Section& section, std::string_view key);

/// A text with a form of its own, by its parser.
template <typename T>
Result<std::optional<T>> formed(const Section& section, std::string_view key,
                                std::optional<T> (*parse)(std::string_view),
                                std::string_view form) {
    const auto text = TRY(text_of(section, key));
    if (!text) return std::optional<T>{};
    if (auto value = parse(*text)) return value;
    return section.bad(*section.table.get(key), section.at(key) + " is '" + *text + "'",
                       "It is written " + std::string(form) + ".");
}

/// The tables of an array of tables, which is written [[so]]; none when the key is absent.
Result<std::vector<const toml::table*>> tables_of(const Section& section, std::string_view key,
                                                  std::string_view written);

/// A failed read of the TOML grammar as our error. toml++ throws; here it ends.
Result<toml::table> parse_toml(const std::string& text, const Source& source);

}  // namespace ctrlpass
