// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/profile/section.hpp"

#include <algorithm>

#include "src/render/suggest.hpp"

namespace ctrlpass {

namespace {

/// toml++'s own reason, and in our words what is met most.
std::string reason_of(const toml::parse_error& error) {
    const std::string reason(error.description());
    const auto has = [&](std::string_view part) { return reason.find(part) != reason.npos; };
    if (has("invalid utf-8")) return "the profile is not UTF-8";
    if (has("cannot redefine"))
        return reason.substr(std::min(reason.find('\''), reason.size())) + " is there twice";
    const auto colon = reason.find(": ");
    return "this is no TOML: " + (colon == reason.npos ? reason : reason.substr(colon + 2));
}

}  // namespace

Result<> only_known_keys(const Section& section, std::span<const std::string_view> known) {
    for (const auto& [key, node] : section.table) {
        if (std::ranges::find(known, key.str()) == known.end())
            return section.source.bad(key.source(), "unknown key " + section.at(key.str()),
                                      suggestion(key.str(), known));
    }
    return {};
}

std::string_view article_of(toml::node_type type) {
    switch (type) {
        case toml::node_type::string:
            return "text";
        case toml::node_type::boolean:
            return "true or false";
        case toml::node_type::integer:
            return "a whole number";
        case toml::node_type::table:
            return "a table";
        default:
            return "a list";
    }
}

Result<std::optional<std::string>> text_of(const Section& section, std::string_view key) {
    const auto* const value = TRY(value_of<toml::value<std::string>>(section, key));
    if (value == nullptr) return std::nullopt;
    if (value->get().empty()) return section.bad(*value, section.at(key) + " is empty");
    return value->get();
}

Result<std::vector<const toml::table*>> tables_of(const Section& section, std::string_view key,
                                                  std::string_view written) {
    std::vector<const toml::table*> tables;
    if (const auto* const single = section.table[key].as_table())
        return section.bad(*single, section.at(key) + " must be a list of tables",
                           "Write " + std::string(written) + ": there may be several.");
    const auto* const list = TRY(value_of<toml::array>(section, key));
    if (list == nullptr) return tables;
    for (const toml::node& node : *list) {
        if (!node.is_table())
            return section.bad(node, section.at(key) + " must be tables: " + std::string(written));
        tables.push_back(node.as_table());
    }
    return tables;
}

Result<toml::table> parse_toml(const std::string& text, const Source& source) {
    try {
        return toml::parse(text, source.path);
    } catch (const toml::parse_error& error) {
        return source.bad(error.source(), reason_of(error));
    }
}

}  // namespace ctrlpass
