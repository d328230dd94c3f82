// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/disk_tables.hpp"

#include <algorithm>
#include <array>

#include "iommu/ascii.hpp"
#include "iommu/lines.hpp"

namespace ctrlpass {

namespace {

/// The tags of fstab(5): the folder of udev's links, and the property that they are made of.
struct Tag {
    std::string_view name;
    std::string_view folder;
    std::string_view property;
};
constexpr std::array tags{
    Tag{"UUID=", "/dev/disk/by-uuid/", "ID_FS_UUID"},
    Tag{"LABEL=", "/dev/disk/by-label/", "ID_FS_LABEL_ENC"},
    Tag{"PARTUUID=", "/dev/disk/by-partuuid/", "ID_PART_ENTRY_UUID"},
    Tag{"PARTLABEL=", "/dev/disk/by-partlabel/", "ID_PART_ENTRY_NAME"},
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

std::string value_of(const Tag& tag, const std::string& spec) {
    return encoded(unquoted(spec.substr(tag.name.size())));
}

/// UUIDs of udev and of a careless hand may differ in case.
bool same_value(const std::string& a, const std::string& b) { return lower(a) == lower(b); }

bool is_device(const std::string& spec) { return spec.starts_with("/dev/") || tag_of(spec); }

class Table {
  public:
    Table(const Root& root, std::vector<DiskLine>& lines) : root_(root), lines_(lines) {}

    void read_fstab() {
        for_each_line("etc/fstab", [&](const std::string& at, const auto& fields) {
            const bool swap = fields.size() > 2 && fields[2] == "swap";
            add(at, fields[0], swap || fields.size() < 2 ? " for swap" : " on " + fields[1]);
        });
    }

    void read_crypttab() {
        for_each_line("etc/crypttab", [&](const std::string& at, const auto& fields) {
            if (fields.size() < 2) return;
            add(at, fields[1], " as " + fields[0]);
            // A key file may lie on a device of its own: /key:UUID=…, crypttab(5).
            const auto colon = fields.size() > 2 ? fields[2].find(':') : std::string::npos;
            if (colon != std::string::npos)
                add(at, fields[2].substr(colon + 1), " for the key of " + fields[0]);
        });
    }

  private:
    template <typename Use>
    void for_each_line(const std::string& path, const Use& use) {
        int number = 0;
        for (const std::string& line : lines_of(root_.attribute(path).value_or(""))) {
            ++number;
            const auto fields = fields_of(line);
            if (fields.empty() || fields[0].starts_with('#')) continue;
            use("line " + std::to_string(number) + " of /" + path + ": ", fields);
        }
    }

    void add(const std::string& at, const std::string& field, const std::string& purpose) {
        const std::string spec = unquoted(field);
        if (!is_device(spec)) return;
        const Tag* const tag = tag_of(spec);
        const std::string node =
            tag == nullptr ? spec : std::string(tag->folder) + value_of(*tag, spec);
        auto block = block_at(root_, node);
        if (!block && tag != nullptr && tag->name.ends_with("UUID="))
            block = block_at(root_, lower(node));
        lines_.push_back({at + spec + purpose, spec, std::move(block)});
    }

    const Root& root_;
    std::vector<DiskLine>& lines_;
};

}  // namespace

std::vector<DiskLine> read_disk_lines(const Root& root) {
    std::vector<DiskLine> lines;
    Table table(root, lines);
    table.read_fstab();
    table.read_crypttab();
    return lines;
}

bool names(const DiskLine& line, const Block& block) {
    if (line.block == block.name || line.spec == block.node) return true;
    const Tag* const tag = tag_of(line.spec);
    if (tag == nullptr || (line.block && block.property("ID_FS_TYPE") != "btrfs")) return false;
    const std::string known = block.property(std::string(tag->property));
    return !known.empty() && same_value(known, value_of(*tag, line.spec));
}

}  // namespace ctrlpass
