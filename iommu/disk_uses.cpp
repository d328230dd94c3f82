// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/disk_uses.hpp"

#include <algorithm>
#include <set>

namespace ctrlpass {

namespace {

constexpr std::size_t longest_table = 16U << 20U;
constexpr int highest_stack = 16;  // of holders upon holders; the kernel allows fewer

/// The kernel writes white space and backslashes as \ooo, octal (fs/proc_namespace.c mangle).
std::string unescaped(std::string_view text) {
    const auto digit = [&](std::size_t i) {
        return i < text.size() && text[i] >= '0' && text[i] <= '7';
    };
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && digit(i + 1) && digit(i + 2) && digit(i + 3)) {
            result += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 +
                                        (text[i + 3] - '0'));
            i += 3;
        } else {
            result += text[i];
        }
    }
    return result;
}

std::vector<std::string> fields_of(std::string_view line) {
    std::vector<std::string> fields;
    for (std::size_t begin = 0; begin < line.size();) {
        const auto end = std::min(line.find_first_of(" \t", begin), line.size());
        if (end > begin) fields.push_back(unescaped(line.substr(begin, end - begin)));
        begin = end + 1;
    }
    return fields;
}

std::vector<std::string> lines_of(const Root& root, const std::string& path) {
    std::vector<std::string> lines;
    const auto text = root.read(path, longest_table);
    if (!text) return lines;
    for (std::size_t begin = 0; begin < text->size();) {
        const auto end = std::min(text->find('\n', begin), text->size());
        lines.push_back(text->substr(begin, end - begin));
        begin = end + 1;
    }
    return lines;
}

}  // namespace

void DiskUses::read() {
    if (std::exchange(read_, true)) return;
    // 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw (proc(5)). btrfs and overlay
    // have device numbers of their own: the source counts as well.
    for (const std::string& line : lines_of(root_, "proc/self/mountinfo")) {
        const auto fields = fields_of(line);
        const auto dash = std::ranges::find(fields, "-");
        if (fields.size() < 5 || fields.end() - dash < 3) continue;
        mounts_.emplace(fields[2], fields[4]);
        if (dash[2].starts_with("/dev/")) mounts_.emplace(dash[2], fields[4]);
    }
    for (const std::string& line : lines_of(root_, "proc/swaps")) {
        const auto fields = fields_of(line);
        if (!fields.empty() && fields[0].starts_with("/dev/")) swaps_.push_back(fields[0]);
    }
}

void DiskUses::add_uses(const std::string& block, const std::string& node,
                        std::vector<DiskUse>& uses, int depth) {
    const std::string home = "sys/class/block/" + block;
    std::set<std::string> names{"/dev/" + block};
    if (const auto mapped = root_.attribute(home + "/dm/name"))
        names.insert("/dev/mapper/" + *mapped);
    std::set<std::string> keys = names;
    if (const auto number = root_.attribute(home + "/dev")) keys.insert(*number);
    std::set<std::string> where;
    for (const std::string& key : keys) {
        const auto [begin, end] = mounts_.equal_range(key);
        for (auto mount = begin; mount != end; ++mount) where.insert(mount->second);
    }
    for (const std::string& point : where) uses.push_back({DiskUse::Kind::mount, node, point});
    for (const std::string& name : names)
        if (std::ranges::find(swaps_, name) != swaps_.end())
            uses.push_back({DiskUse::Kind::swap, node, ""});
    if (depth == 0) return;
    for (const std::string& holder : root_.names(home + "/holders")) {
        uses.push_back({DiskUse::Kind::holder, node, "/dev/" + holder});
        add_uses(holder, "/dev/" + holder, uses, depth - 1);
    }
}

std::vector<DiskUse> DiskUses::of(const std::string& disk) {
    read();
    std::vector<DiskUse> uses;
    add_uses(disk, "/dev/" + disk, uses, highest_stack);
    for (const std::string& part : root_.names("sys/class/block/" + disk))
        if (part.starts_with(disk) && root_.exists("sys/class/block/" + part + "/partition"))
            add_uses(part, "/dev/" + part, uses, highest_stack);
    return uses;
}

}  // namespace ctrlpass
