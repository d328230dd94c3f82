// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/disk_spec.hpp"

#include <algorithm>
#include <array>

#include "iommu/ascii.hpp"
#include "iommu/lines.hpp"
#include "iommu/number.hpp"

namespace ctrlpass {

namespace {

constexpr std::size_t most_readings = 64;

/// The tags of fstab(5): the folder of udev's links, and the property that they are made of.
struct Tag {
    std::string_view name;
    std::string_view folder;
    std::string_view property;
    bool digits = false;  ///< no label, a number
};
constexpr std::array tags{
    Tag{"UUID=", "/dev/disk/by-uuid/", "ID_FS_UUID", true},
    Tag{"LABEL=", "/dev/disk/by-label/", "ID_FS_LABEL_ENC"},
    Tag{"PARTUUID=", "/dev/disk/by-partuuid/", "ID_PART_ENTRY_UUID", true},
    Tag{"PARTLABEL=", "/dev/disk/by-partlabel/", "ID_PART_ENTRY_NAME"},
    Tag{"ID=", "/dev/disk/by-id/", ""},
    // dracut's and Anaconda's, of the file system of a CD that may be on a stick.
    Tag{"CDLABEL=", "/dev/disk/by-label/", "ID_FS_LABEL_ENC"},
};

const Tag* tag_of(std::string_view spec) {
    const auto found =
        std::ranges::find_if(tags, [&](const Tag& tag) { return spec.starts_with(tag.name); });
    return found == tags.end() ? nullptr : &*found;
}

/// As udev writes a label into a name: all but some ASCII and UTF-8 as \xNN (encode_devnode_name).
std::string encoded(std::string_view label) {
    constexpr std::string_view plain = "#+-.:=@_";
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const char c : label) {
        const auto byte = static_cast<unsigned char>(c);
        const bool alphanumeric =
            (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        if (alphanumeric || byte >= 0x80 || plain.find(c) != plain.npos) {
            text += c;
        } else {
            text += "\\x";
            text += digits[byte >> 4U];
            text += digits[byte & 0xfU];
        }
    }
    return text;
}

std::string only_digits(std::string text) {
    std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
    return text;
}

/// "8:17", as the kernel takes it for root= and resume=.
bool is_number(std::string_view field) {
    const auto colon = field.find(':');
    return colon != field.npos && number_in<unsigned>(field.substr(0, colon)) &&
           number_in<unsigned>(field.substr(colon + 1));
}

DiskSpec spec_of_tag(const Root& root, const Tag& tag, const std::string& text) {
    const std::string value = unquoted(text.substr(tag.name.size()));
    DiskSpec spec{text, std::nullopt, std::string(tag.property), {encoded(value)}};
    if (const auto decoded = encoded(decoded_label(value)); decoded != spec.values.front())
        spec.values.push_back(decoded);
    std::vector<std::string> names = spec.values;
    if (tag.digits) names.push_back(lower(names.front()));
    for (const std::string& name : names)
        if (!spec.block) spec.block = block_at(root, std::string(tag.folder) + name);
    return spec;
}

/// Where a device may begin or end in a longer field.
std::vector<std::size_t> places_of(std::string_view field, std::string_view separators) {
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < field.size() && places.size() < most_readings; ++i)
        if (separators.find(field[i]) != separators.npos) places.push_back(i);
    return places;
}

}  // namespace

bool has_too_many_parts(std::string_view field) {
    return std::ranges::count_if(field, [](char c) { return c == ':' || c == ',' || c == '='; }) >=
           static_cast<std::ptrdiff_t>(most_readings);
}

std::string decoded_label(std::string_view text) {
    std::string label;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = text.substr(i, 2) == "\\x" && i + 4 <= text.size()
                              ? number_in<std::uint8_t>(text.substr(i + 2, 2), 16)
                              : std::nullopt;
        label += byte ? static_cast<char>(*byte) : text[i];
        if (byte) i += 3;
    }
    return label;
}

bool is_device(std::string_view field) {
    return (field.starts_with("/dev/") && field.size() > 5) || tag_of(field) != nullptr;
}

std::optional<DiskSpec> disk_spec(const Root& root, const std::string& field) {
    const std::string text = unquoted(field);
    if (is_number(text)) {
        auto block = root.link_name("sys/dev/block/" + text);
        return block ? std::optional(DiskSpec{text, std::move(block)}) : std::nullopt;
    }
    if (!is_device(text)) return std::nullopt;
    if (const Tag* const tag = tag_of(text)) return spec_of_tag(root, *tag, text);
    return DiskSpec{text, block_at(root, text)};
}

std::vector<DiskSpec> disk_specs_in(const Root& root, std::string_view field) {
    std::vector<DiskSpec> specs;
    std::vector<std::size_t> begins{0};
    for (const std::size_t place : places_of(field, ":,=")) begins.push_back(place + 1);
    auto ends = places_of(field, ":,");
    ends.push_back(field.size());
    // The longest first: names below by-id and by-path have colons of their own.
    std::ranges::reverse(ends);
    for (const std::size_t begin : begins)
        for (const std::size_t end : ends) {
            if (specs.size() == most_readings) return specs;
            if (end <= begin || !is_device(field.substr(begin))) continue;
            if (auto spec = disk_spec(root, std::string(field.substr(begin, end - begin))))
                specs.push_back(std::move(*spec));
        }
    return specs;
}

bool means(const DiskSpec& spec, const Block& block) {
    if (spec.of_whole_disk && block.partition) return false;
    const std::string known = spec.property.empty() ? std::string() : block.property(spec.property);
    const bool decides = spec.by_property && !known.empty();
    if (!decides && (spec.block == block.name || spec.text == block.node)) return true;
    if (known.empty()) return false;
    if (spec.block && !spec.by_property && block.property("ID_FS_TYPE") != "btrfs") return false;
    return std::ranges::any_of(spec.values, [&](const std::string& value) {
        return lower(spec.digits ? only_digits(known) : known) ==
               lower(spec.digits ? only_digits(value) : value);
    });
}

}  // namespace ctrlpass
