// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/block.hpp"

#include "iommu/lines.hpp"

namespace ctrlpass {

namespace {

constexpr int longest_chain = 8;  // of links

}  // namespace

std::string Block::property(const std::string& key) const {
    const auto found = udev.find(key);
    return found == udev.end() ? "" : found->second;
}

Block read_block(const Root& root, const std::string& name) {
    const std::string home = "sys/class/block/" + name;
    Block block{.name = name, .node = "/dev/" + name, .number = {}, .dm_uuid = {}, .udev = {}};
    block.number = root.attribute(home + "/dev").value_or("");
    if (name.starts_with("dm-")) {
        if (const auto mapped = root.attribute(home + "/dm/name"))
            block.node = "/dev/mapper/" + *mapped;
        block.dm_uuid = root.attribute(home + "/dm/uuid").value_or("");
    }
    block.partition = root.exists(home + "/partition");
    // Lines such as "E:ID_FS_TYPE=ext4" (udev's database, src/libsystemd/sd-device).
    if (block.number.empty()) return block;
    for (const std::string& line :
         lines_of(root.attribute("run/udev/data/b" + block.number).value_or(""))) {
        const auto equals = line.find('=');
        if (line.starts_with("E:ID_FS_") || line.starts_with("E:ID_PART_ENTRY_") ||
            line.starts_with("E:ID_SERIAL=") || line.starts_with("E:ID_WWN="))
            block.udev.emplace(line.substr(2, equals - 2),
                               equals == line.npos ? "" : line.substr(equals + 1));
    }
    return block;
}

std::vector<std::string> partitions_of(const Root& root, const std::string& name) {
    std::vector<std::string> parts;
    for (const std::string& part : root.names("sys/class/block/" + name))
        if (part.starts_with(name) && root.exists("sys/class/block/" + part + "/partition"))
            parts.push_back(part);
    return parts;
}

std::optional<std::string> block_at(const Root& root, const std::string& node) {
    if (!node.starts_with("/dev/")) return std::nullopt;
    std::string path = node.substr(1);
    for (int step = 0; step < longest_chain; ++step) {
        const auto next = root.resolve(path);
        if (!next) break;
        path = *next;
    }
    const bool followed = "/" + path != node;
    const bool link_expected = node.starts_with("/dev/disk/by-");
    if (!path.starts_with("dev/") || (link_expected && !followed)) return std::nullopt;
    return path.substr(4);
}

}  // namespace ctrlpass
