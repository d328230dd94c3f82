// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "iommu/lines.hpp"
#include "src/capture/filters.hpp"
#include "src/capture/forms.hpp"

namespace ctrlpass::filters {

namespace {

bool is_tag(std::string_view text) {
    constexpr auto tags =
        std::to_array<std::string_view>({"UUID=", "LABEL=", "PARTUUID=", "PARTLABEL=", "ID="});
    return std::ranges::any_of(tags, [&](auto tag) { return text.starts_with(tag); });
}

/// Every line stays one; what `make` makes of its words.
template <typename Make>
std::string words_of_lines(const std::string& text, const Make& make) {
    std::string kept;
    for (const std::string& line : lines_of(text)) {
        const auto words = words_of(line);
        const bool empty = words.empty() || words[0].starts_with('#');
        kept += (empty ? std::string() : make(words)) + "\n";
    }
    return kept;
}

std::string without_quotes(const std::string& word) {
    std::string text = word;
    std::erase_if(text, [](char c) { return c == '"' || c == '\'' || c == ';'; });
    return text;
}

void append(std::string& line, const std::string& word) {
    if (!word.empty()) line += (line.empty() ? "" : " ") + word;
}

/// The value of `key=` in a word.
std::optional<std::string> value_of(const std::string& word, std::string_view key) {
    if (!word.starts_with(key) || word.size() <= key.size() || word[key.size()] != '=')
        return std::nullopt;
    return without_quotes(word.substr(key.size() + 1));
}

std::string device_or_name(Mask& mask, const std::string& value) {
    const bool known = value.starts_with('/') || is_tag(value);
    return known ? mask.places.spec(value) : mask.names.name(value);
}

}  // namespace

/// Mount points with their maps, keys with their locations: of those the local ones (autofs(5)).
std::string autofs(Mask& mask, const std::string&, const std::string& text) {
    if (text.starts_with("#!")) return "#!/bin/sh\n";
    return words_of_lines(text, [&](const auto& words) {
        std::string line;
        for (std::size_t i = 0; i < words.size(); ++i) {
            const std::string& word = words[i];
            const bool built_in =
                word == "-hosts" || word == "-null" || word == "*" || word == "/-";
            if (built_in)
                append(line, word);
            else if (word.starts_with(":") && word.size() > 1)
                append(line, ":" + device_or_name(mask, word.substr(1)));
            else if (word.starts_with('/') || is_tag(word))
                append(line, mask.places.spec(word));
            else if (i == 0 && !word.starts_with('-'))
                append(line, word.starts_with('+') ? "+" + mask.places.path(word.substr(1))
                                                   : mask.names.name(word));
        }
        return line;
    });
}

/// Assignments of Gentoo's and Alpine's conf.d/dmcrypt.
std::string dmcrypt(Mask& mask, const std::string&, const std::string& text) {
    return words_of_lines(text, [&](const auto& words) -> std::string {
        for (const std::string_view key : {"target", "swap"})
            if (const auto value = value_of(words[0], key))
                return std::string(key) + "='" + mask.names.mapped(*value) + "'";
        for (const std::string_view key : {"source", "key", "remdev", "header"})
            if (const auto value = value_of(words[0], key))
                return std::string(key) + "='" + device_or_name(mask, *value) + "'";
        return "";
    });
}

/// RESUME= of initramfs-tools.
std::string resume(Mask& mask, const std::string&, const std::string& text) {
    return words_of_lines(text, [&](const auto& words) -> std::string {
        const auto value = value_of(words[0], "RESUME");
        if (!value) return "";
        const bool word = *value == "none" || *value == "auto";
        return "RESUME=" + (word ? *value : mask.places.spec(*value));
    });
}

/// "/3600…/", one a line.
std::string multipath_wwids(Mask& mask, const std::string&, const std::string& text) {
    return words_of_lines(text, [&](const auto& words) -> std::string {
        std::string id = words[0];
        std::erase(id, '/');
        return "/" + mask.names.serial(id) + "/";
    });
}

std::string multipath(Mask& mask, const std::string&, const std::string& text) {
    return words_of_lines(text, [&](const auto& words) {
        constexpr auto sections = std::to_array<std::string_view>(
            {"defaults", "blacklist", "blacklist_exceptions", "multipaths", "multipath", "devices",
             "device", "overrides", "protocol", "{", "}"});
        std::string line;
        for (std::size_t i = 0; i < words.size(); ++i) {
            if (std::ranges::find(sections, words[i]) != sections.end()) append(line, words[i]);
            if (words[i] != "wwid" || i + 1 == words.size()) continue;
            const std::string id = without_quotes(words[++i]);
            append(line, "wwid \"" +
                             (id.find_first_of("*.^") == id.npos ? mask.names.serial(id) : ".*") +
                             "\"");
        }
        return line;
    });
}

/// ARRAY lines (mdadm.conf(5)).
std::string mdadm(Mask& mask, const std::string&, const std::string& text) {
    return words_of_lines(text, [&](const auto& words) -> std::string {
        if (words[0] != "ARRAY") return "";
        std::string line = "ARRAY";
        for (std::size_t i = 1; i < words.size(); ++i) {
            const std::string& word = words[i];
            const auto devices = value_of(word, "devices");
            const auto uuid = value_of(word, word.starts_with("uuid") ? "uuid" : "UUID");
            if (word == "<ignore>" || word == "<none>")
                append(line, word);
            else if (word.starts_with('/'))
                append(line, mask.places.path(word));
            else if (uuid)
                append(line, "UUID=" + mask.names.id(*uuid));
            else if (devices) {
                std::string list;
                for (const auto device : parts_between(*devices, ','))
                    list += (list.empty() ? "" : ",") + mask.places.path(std::string(device));
                append(line, "devices=" + list);
            }
        }
        return line;
    });
}

/// The devices of resources, and nothing of their secrets.
std::string drbd(Mask& mask, const std::string&, const std::string& text) {
    return words_of_lines(text, [&](const auto& words) -> std::string {
        for (const std::string_view key : {"disk", "meta-disk", "flexible-meta-disk", "device"})
            if (words.size() > 1 && words[0] == key) {
                const std::string value = without_quotes(words[1]);
                return value.starts_with('/')
                           ? std::string(key) + " " + mask.places.path(value) + ";"
                       : value == "{" ? std::string(key) + " {"
                                      : "";
            }
        return "";
    });
}

std::string nbd_server(Mask& mask, const std::string&, const std::string& text) {
    return words_of_lines(text, [&](const auto& words) -> std::string {
        std::string line;
        for (const std::string& word : words) line += word;
        const auto value = value_of(line, "exportname");
        return value && value->starts_with('/') ? "exportname=" + mask.places.path(*value) : "";
    });
}

/// "… File: PATH  Size: …", "Major: N Minor: N" of a backing store (drivers/target).
std::string target_info(Mask& mask, const std::string&, const std::string& text) {
    std::string kept;
    for (const std::string& line : lines_of(text)) {
        const auto words = words_of(line);
        std::string made;
        for (std::size_t i = 0; i + 1 < words.size(); ++i) {
            const bool number = words[i] == "Major:" || words[i] == "Minor:";
            if (words[i] == "File:" && words[i + 1].starts_with('/'))
                append(made, "File: " + mask.places.path(words[i + 1]));
            if (number && has_form(words[i + 1], Form::number))
                append(made, words[i] + " " + words[i + 1]);
        }
        kept += made + "\n";
    }
    return kept;
}

/// Of a program that serves a disk over the network its name and the addresses.
std::string network_arguments(Mask& mask, const std::string&, const std::string& text) {
    std::string kept;
    bool first = true;
    for (const auto word : parts_between(text, '\0')) {
        const std::string argument(word);
        const std::string program = argument.substr(argument.rfind('/') + 1);
        const bool known = program == "nbd-client" || program == "qemu-nbd" || program == "nbdfuse";
        const std::string address = mask.addresses.address(argument);
        if (std::exchange(first, false) && !known) return "";
        if (known || !address.empty()) kept += (known ? program : address) + '\0';
    }
    return kept;
}

}  // namespace ctrlpass::filters
