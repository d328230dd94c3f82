// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/disk_uses.hpp"

#include <algorithm>
#include <set>
#include <string_view>
#include <tuple>

namespace ctrlpass {

namespace {

constexpr int highest_stack = 16;  // of holders upon holders; the kernel allows fewer

using Layer = DiskLayer::Kind;

Layer layer_of(const Block& block) {
    const auto is = [](std::string_view text, std::string_view start) {
        return text.starts_with(start);
    };
    // Who made a mapped device stands before the first dash (dm-uevent, libdevmapper).
    if (is(block.dm_uuid, "CRYPT-")) return Layer::crypt;
    if (is(block.dm_uuid, "LVM-")) return Layer::lvm;
    if (is(block.dm_uuid, "mpath-")) return Layer::multipath;
    if (is(block.name, "md")) return Layer::md;
    if (is(block.name, "bcache")) return Layer::bcache;
    if (is(block.name, "loop")) return Layer::loop;
    return Layer::other;
}

/// "tank" of "tank/home/me".
std::string pool_of(const std::string& source) { return source.substr(0, source.find('/')); }

bool is_among(const std::vector<std::string>& names, const std::string& name) {
    return std::ranges::find(names, name) != names.end();
}

/// What is mounted twice in one place is told once; our own mount namespace first.
struct ByPlace {
    static auto key(const Mount& mount) {
        return std::tuple(mount.process ? mount.process->pid : 0, std::string_view(mount.where));
    }
    bool operator()(const Mount* a, const Mount* b) const { return key(*a) < key(*b); }
};
using Places = std::set<const Mount*, ByPlace>;

/// Sources of bcachefs name all of its disks: "/dev/sda:/dev/sdb".
bool has_source(const Mount& mount, const std::string& node) {
    if (mount.type != "bcachefs") return mount.source == node;
    return (":" + mount.source + ":").find(":" + node + ":") != std::string::npos;
}

}  // namespace

/// A block device to look at: below it stands `node`, between them what is built upon that.
struct DiskUses::Asked {
    std::string name;
    std::string node;
    std::vector<DiskLayer> layers;

    DiskUse use(DiskUse::Kind kind, std::string where = {}) const {
        return {kind, node, layers, std::move(where)};
    }
    DiskUse use(DiskUse::Kind kind, const DiskLayer& more) const {
        DiskUse use{kind, node, layers, {}};
        use.layers.push_back(more);
        return use;
    }
    DiskUse use(const Mount& mount) const {
        return {DiskUse::Kind::mount, node, layers, mount.where, mount.process};
    }
    DiskUse use(const Mount& mount, const DiskLayer& more) const {
        DiskUse use = this->use(mount);
        use.layers.push_back(more);
        return use;
    }
};

void DiskUses::read() {
    if (std::exchange(read_, true)) return;
    auto mounts = read_mounts(root_);
    if (mounts)
        mounts_ = std::move(*mounts);
    else
        trouble_ = mounts.error();
    add_mounts_elsewhere(root_, mounts_);
    lines_ = read_disk_lines(root_);
    for (const std::string& uuid : root_.names("sys/fs/btrfs"))
        if (auto disks = root_.names("sys/fs/btrfs/" + uuid + "/devices"); !disks.empty())
            btrfs_.push_back(std::move(disks));
    // The kernel lists no holder for a loop device.
    for (const std::string& name : root_.names("sys/class/block")) {
        if (!name.starts_with("loop")) continue;
        if (auto backing = root_.attribute("sys/class/block/" + name + "/loop/backing_file"))
            loops_.emplace(std::move(*backing), name);
    }
}

void DiskUses::add_mounts(const Block& block, const Asked& asked,
                          std::vector<DiskUse>& uses) const {
    Places places;
    for (const Mount& mount : mounts_.mounts)
        if ((!block.number.empty() && mount.number == block.number) ||
            has_source(mount, block.node) || has_source(mount, "/dev/" + block.name))
            places.insert(&mount);
    for (const Mount* const mount : places) uses.push_back(asked.use(*mount));
    if (is_among(mounts_.swaps, block.node) || is_among(mounts_.swaps, "/dev/" + block.name))
        uses.push_back(asked.use(DiskUse::Kind::swap));
}

/// A btrfs has a device number of its own and names one of its disks; the others are in sysfs.
void DiskUses::add_btrfs(const Block& block, const Asked& asked, std::vector<DiskUse>& uses) const {
    for (const auto& disks : btrfs_) {
        if (!is_among(disks, block.name)) continue;
        bool found = false;
        for (const std::string& disk : disks) {
            const Block other = disk == block.name ? block : read_block(root_, disk);
            Places places;
            for (const Mount& mount : mounts_.mounts)
                if (mount.source == other.node || mount.source == "/dev/" + disk)
                    places.insert(&mount);
            found = found || !places.empty();
            if (disk == block.name) continue;  // told as its mount
            for (const Mount* const mount : places)
                uses.push_back(asked.use(*mount, {Layer::btrfs, other.node}));
        }
        if (found) continue;
        // Mounted by the kernel before there were names, or where we may not look.
        bool rooted = false;
        for (const Mount& mount : mounts_.mounts)
            if (mount.type == "btrfs" && mount.source == "/dev/root" && !mount.process) {
                rooted = true;
                uses.push_back(asked.use(mount));
            }
        if (!rooted) uses.push_back(asked.use(DiskUse::Kind::layer, {Layer::btrfs, block.node}));
    }
}

/// The kernel lists no holder for a disk of a pool: udev tells the pool, /proc/spl whether it is
/// imported.
void DiskUses::add_zfs(const Block& block, const Asked& asked, std::vector<DiskUse>& uses) const {
    const std::string pool = block.property("ID_FS_LABEL");
    if (block.property("ID_FS_TYPE") != "zfs_member" || pool.empty()) return;
    const DiskLayer layer{Layer::zfs, pool};
    bool found = false;
    for (const Mount& mount : mounts_.mounts)
        if (mount.type == "zfs" && pool_of(mount.source) == pool) {
            uses.push_back(asked.use(mount, layer));
            found = true;
        }
    if (!found && pool.find('/') == pool.npos && root_.exists("proc/spl/kstat/zfs/" + pool))
        uses.push_back(asked.use(DiskUse::Kind::layer, layer));
}

/// A physical volume that nothing stands upon: LVM may take it up at any moment, unless its group
/// was exported. The text of the group's metadata is below /etc/lvm/backup, for root.
std::optional<DiskLayer> DiskUses::idle_volume(const Block& block) const {
    if (block.property("ID_FS_TYPE") != "LVM2_member") return std::nullopt;
    const std::string id = "\"" + block.property("ID_FS_UUID") + "\"";
    for (const std::string& group : root_.names("etc/lvm/backup")) {
        const auto text = root_.read("etc/lvm/backup/" + group, 4U << 20U);
        if (!text || id.size() < 3 || text->find(id) == text->npos) continue;
        if (text->find("\"EXPORTED\"") != text->npos) return std::nullopt;
        return DiskLayer{Layer::lvm, group};
    }
    return DiskLayer{Layer::lvm, ""};
}

void DiskUses::add_lines(const Block& block, const Asked& asked, std::vector<DiskUse>& uses) const {
    for (const DiskLine& line : lines_)
        if (names(line, block)) uses.push_back(asked.use(DiskUse::Kind::listed, line.text));
}

/// What stands upon it; true when something does.
bool DiskUses::add_above(const std::string& name, const Asked& asked, std::vector<DiskUse>& uses) {
    std::set<std::string> above;
    for (const auto& holder : root_.names("sys/class/block/" + name + "/holders"))
        above.insert(holder);
    const auto [begin, end] = loops_.equal_range("/dev/" + name);
    for (auto loop = begin; loop != end; ++loop) above.insert(loop->second);
    if (asked.layers.size() >= highest_stack) return !above.empty();
    for (const std::string& holder : above) {
        const Block block = read_block(root_, holder);
        Asked next{holder, asked.node, asked.layers};
        next.layers.push_back({layer_of(block), block.node});
        const auto known = uses.size();
        add_uses(next, uses);
        for (const std::string& part : partitions_of(root_, holder)) {
            Asked inner = next;
            inner.name = part;
            inner.layers.push_back({Layer::other, "/dev/" + part});
            add_uses(inner, uses);
        }
        const auto in_use = [](const DiskUse& use) { return use.kind != DiskUse::Kind::listed; };
        if (std::none_of(uses.begin() + static_cast<std::ptrdiff_t>(known), uses.end(), in_use))
            uses.push_back(next.use(DiskUse::Kind::layer));
    }
    return !above.empty();
}

void DiskUses::add_uses(const Asked& asked, std::vector<DiskUse>& uses) {
    const Block block = read_block(root_, asked.name);
    add_mounts(block, asked, uses);
    add_btrfs(block, asked, uses);
    add_zfs(block, asked, uses);
    add_lines(block, asked, uses);
    if (add_above(asked.name, asked, uses)) return;
    if (const auto volume = idle_volume(block))
        uses.push_back(asked.use(DiskUse::Kind::layer, *volume));
}

std::vector<DiskUse> DiskUses::of(const std::string& disk) {
    read();
    std::vector<DiskUse> uses;
    add_uses({disk, "/dev/" + disk, {}}, uses);
    for (const std::string& part : partitions_of(root_, disk))
        add_uses({part, "/dev/" + part, {}}, uses);
    return uses;
}

}  // namespace ctrlpass
