// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/disk_uses.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <tuple>

namespace ctrlpass {

namespace {

constexpr std::size_t highest_stack = 16;  // of holders upon holders; the kernel allows fewer
constexpr std::size_t most_steps = 2048;   // from one disk up: a real one has dozens
constexpr std::size_t most_told = 8;       // of what stands upon the files of one file system

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
    if (is(block.name, "drbd")) return Layer::drbd;
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

/// Sources of bcachefs name all of its disks: "/dev/sda:/dev/sdb". Logs and the like have disks of
/// their own (xfs, nilfs2, ext4).
bool has_source(const Mount& mount, const std::string& node) {
    if (mount.source == node) return true;
    if (mount.type == "bcachefs")
        return (":" + mount.source + ":").find(":" + node + ":") != std::string::npos;
    return std::ranges::any_of(
        std::array<std::string_view, 4>{"logdev", "rtdev", "journal_path", "device"},
        [&](std::string_view key) { return is_among(option_values(mount, key), node); });
}

bool is_in_use(const DiskUse& use) {
    return use.kind != DiskUse::Kind::listed && use.kind != DiskUse::Kind::maybe_listed;
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
    DiskUse use(const Mount& mount) const {
        DiskUse use{DiskUse::Kind::mount, node, layers, mount.where, mount.process};
        use.of_system = !mount.process && is_of_the_system(mount.where);
        return use;
    }
    Asked above(const DiskLayer& layer, const std::string& block = {}) const {
        Asked next{block, node, layers};
        next.layers.push_back(layer);
        return next;
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
    tables_ = read_disk_tables(root_, mounts_.mounts);
    pools_ = read_zfs_pools(root_);
    for (const std::string& uuid : root_.names("sys/fs/btrfs"))
        if (auto disks = root_.names("sys/fs/btrfs/" + uuid + "/devices"); !disks.empty())
            btrfs_.push_back(std::move(disks));
    users_ = read_kernel_users(root_, mounts_);
    place_users();
    look_for_hidden_root();
}

/// Of what each user of the kernel is one: a block device, or the file system that its file is on.
void DiskUses::place_users() {
    const MountPoints points(mounts_.mounts);
    for (const KernelUser& user : users_) {
        const auto by_number =
            user.number.empty() ? std::nullopt : root_.link_name("sys/dev/block/" + user.number);
        const auto block = by_number ? by_number : block_at(root_, user.path);
        if (block)
            of_block_.emplace(*block, &user);
        else if (const Mount* const mount = points.of(user.path))
            of_files_.emplace(mount->number, &user);
    }
}

/// The folders of an overlay are named as they were when it was mounted: in an initramfs, in
/// another namespace than ours.
void DiskUses::look_for_hidden_root() {
    const MountPoints points(mounts_.mounts);
    const Mount* const top = points.of("/");
    if (top == nullptr || top->type != "overlay") return;
    for (const std::string& folder : folders_of_overlay(*top)) {
        const Mount* const below = points.of(folder);
        if (below == nullptr || below->number == top->number) hidden_folder_ = folder;
        if (!hidden_folder_.empty()) return;
    }
}

const std::vector<Mount>& DiskUses::mounts() {
    read();
    return mounts_.mounts;
}

void DiskUses::add_mounts(const Block& block, const Asked& asked, std::vector<DiskUse>& uses) {
    Places places;
    for (const Mount& mount : mounts_.mounts)
        if ((!block.number.empty() && mount.number == block.number) ||
            has_source(mount, block.node) || has_source(mount, "/dev/" + block.name))
            places.insert(&mount);
    add_places({places.begin(), places.end()}, asked, uses);
    if (is_among(mounts_.swaps, block.node) || is_among(mounts_.swaps, "/dev/" + block.name))
        uses.push_back(asked.use(DiskUse::Kind::swap));
}

/// The mounts of one file system, then once what stands upon its files.
void DiskUses::add_places(const std::vector<const Mount*>& places, const Asked& asked,
                          std::vector<DiskUse>& uses) {
    const auto first = uses.size();
    std::set<std::string> numbers;
    for (const Mount* const mount : places) {
        uses.push_back(asked.use(*mount));
        if (!mount->process) numbers.insert(mount->number);
    }
    const auto own = uses.size();
    const auto is_system = [](const DiskUse& use) { return use.of_system; };
    const auto begin = uses.begin() + static_cast<std::ptrdiff_t>(first);
    // Of the root's own files (snaps, for instance) nothing more has to be said.
    if (std::any_of(begin, uses.end(), is_system)) return;
    for (const std::string& number : numbers) add_upon_files(number, asked, uses);
    const bool carries =
        std::any_of(uses.begin() + static_cast<std::ptrdiff_t>(own), uses.end(), is_system);
    for (auto i = first; i < own; ++i) uses[i].carries_system = carries && !uses[i].process;
}

/// A btrfs has a device number of its own and names one of its disks; the others are in sysfs.
void DiskUses::add_btrfs(const Block& block, const Asked& asked, std::vector<DiskUse>& uses) {
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
            add_places({places.begin(), places.end()}, asked.above({Layer::btrfs, other.node}),
                       uses);
        }
        if (found) continue;
        // Mounted by the kernel before there were names, or where we may not look.
        bool rooted = false;
        for (const Mount& mount : mounts_.mounts)
            if (mount.type == "btrfs" && mount.source == "/dev/root" && !mount.process) {
                rooted = true;
                uses.push_back(asked.use(mount));
            }
        if (!rooted)
            uses.push_back(asked.above({Layer::btrfs, block.node}).use(DiskUse::Kind::layer));
    }
}

/// The kernel lists no holder for a disk of a pool.
void DiskUses::add_zfs(const Block& block, const Asked& asked, std::vector<DiskUse>& uses) {
    const auto found = zfs_use(root_, pools_, block);
    const bool member = block.property("ID_FS_TYPE") == "zfs_member";
    const std::string pool = found && !found->pool.empty() ? found->pool
                             : member                      ? block.property("ID_FS_LABEL")
                                                           : std::string();
    const Asked inner = asked.above({Layer::zfs, pool});
    std::vector<const Mount*> places;
    for (const Mount& mount : mounts_.mounts)
        if (!pool.empty() && mount.type == "zfs" && pool_of(mount.source) == pool)
            places.push_back(&mount);
    add_places(places, inner, uses);
    if (!found || !places.empty()) return;
    uses.push_back(found->unclear.empty() ? inner.use(DiskUse::Kind::layer)
                                          : asked.use(DiskUse::Kind::doubted, found->unclear));
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

/// Taken by a driver that has made nothing of it yet, or says not what.
std::optional<DiskLayer> DiskUses::idle_layer(const Block& block) const {
    if (auto volume = idle_volume(block)) return volume;
    // Of bcache0 itself it is a link to the disk below (drivers/md/bcache/super.c).
    if (!block.name.starts_with("bcache") &&
        root_.exists("sys/class/block/" + block.name + "/bcache"))
        return DiskLayer{Layer::bcache, ""};
    return std::nullopt;
}

void DiskUses::add_lines(const Block& block, const Asked& asked, std::vector<DiskUse>& uses) const {
    for (const DiskLine& line : tables_.lines)
        if (auto text = text_for(line, block)) {
            DiskUse use = asked.use(DiskUse::Kind::listed, std::move(*text));
            use.file = file_of(line);
            use.unit = line.unit;
            uses.push_back(std::move(use));
        }
}

/// A block device that stands upon this one, with its partitions.
void DiskUses::add_device(const std::string& name, const DiskLayer& layer, const Asked& asked,
                          std::vector<DiskUse>& uses) {
    const Asked next = asked.above(layer, name);
    const auto known = uses.size();
    add_uses(next, uses);
    for (const std::string& part : partitions_of(root_, name))
        add_uses(next.above({Layer::other, "/dev/" + part}, part), uses);
    if (std::none_of(uses.begin() + static_cast<std::ptrdiff_t>(known), uses.end(), is_in_use))
        uses.push_back(next.use(DiskUse::Kind::layer));
}

/// What a user of the kernel is, and what stands upon that.
void DiskUses::add_user(const KernelUser& user, const Asked& asked, std::vector<DiskUse>& uses) {
    DiskLayer layer = user.layer;
    const bool of_file = layer.kind != Layer::overlay && layer.kind != Layer::file;
    if (of_file && !user.path.starts_with("/dev/")) layer.file = user.path;
    if (!user.device.empty()) return add_device(user.device, layer, asked, uses);
    const Asked next = asked.above(layer);
    if (user.mount != nullptr) return add_places({user.mount}, next, uses);
    uses.push_back(next.use(user.swap ? DiskUse::Kind::swap : DiskUse::Kind::layer));
}

/// Of many the system's are told, and some of the others.
void DiskUses::add_upon_files(const std::string& number, const Asked& asked,
                              std::vector<DiskUse>& uses) {
    if (asked.layers.size() >= highest_stack || steps_ == 0) return;
    std::size_t told = 0;
    std::set<const Mount*> overlays;
    const auto [begin, end] = of_files_.equal_range(number);
    for (auto file = begin; file != end; ++file) {
        const KernelUser& user = *file->second;
        if (user.mount != nullptr &&
            (user.mount->number == number || !overlays.insert(user.mount).second))
            continue;
        const auto known = uses.size();
        add_user(user, asked, uses);
        const auto first = uses.begin() + static_cast<std::ptrdiff_t>(known);
        const bool system =
            std::any_of(first, uses.end(), [](const DiskUse& use) { return use.of_system; });
        if (!system && ++told > most_told) uses.erase(first, uses.end());
    }
    if (told > most_told)
        uses.push_back(asked.use(DiskUse::Kind::doubted,
                                 asked.node + " carries " + std::to_string(told - most_told) +
                                     " more files and folders that are in use"));
}

/// What stands upon it; true when something does.
bool DiskUses::add_above(const Block& block, const Asked& asked, std::vector<DiskUse>& uses) {
    bool any = false;
    for (const auto& holder : root_.names("sys/class/block/" + block.name + "/holders")) {
        any = true;
        if (asked.layers.size() >= highest_stack) continue;
        const Block above = read_block(root_, holder);
        add_device(holder, {layer_of(above), above.node}, asked, uses);
    }
    const auto [begin, end] = of_block_.equal_range(block.name);
    for (auto user = begin; user != end; ++user) {
        any = true;
        if (asked.layers.size() < highest_stack) add_user(*user->second, asked, uses);
    }
    return any;
}

void DiskUses::add_uses(const Asked& asked, std::vector<DiskUse>& uses) {
    if (steps_ == 0) return;
    if (--steps_ == 0) {
        uses.push_back(asked.use(DiskUse::Kind::doubted,
                                 "not known whether more of " + asked.node +
                                     " is in use: too much is built upon it to be followed"));
        return;
    }
    const Block block = read_block(root_, asked.name);
    add_mounts(block, asked, uses);
    add_btrfs(block, asked, uses);
    add_zfs(block, asked, uses);
    add_lines(block, asked, uses);
    if (add_above(block, asked, uses)) return;
    if (const auto layer = idle_layer(block))
        uses.push_back(asked.above(*layer).use(DiskUse::Kind::layer));
    // Older ones list no holder, and no file of theirs names the disk below.
    if (block.property("ID_FS_TYPE") == "drbd" && root_.exists("sys/module/drbd"))
        uses.push_back(asked.use(DiskUse::Kind::doubted,
                                 "not known whether DRBD has " + asked.node + " in use"));
}

/// What speaks for a use that cannot be seen, said once for a disk.
void DiskUses::add_doubts(const std::string& disk, std::vector<DiskUse>& uses) const {
    for (const DiskLine& line : tables_.lines)
        if (!line.unclear.empty())
            uses.push_back({DiskUse::Kind::maybe_listed, "/dev/" + disk, {}, line.unclear});
    const auto is_system = [](const DiskUse& use) { return use.of_system; };
    if (hidden_folder_.empty() || std::ranges::any_of(uses, is_system)) return;
    const auto speaks_for_it = [](const DiskUse& use) {
        if (use.kind == DiskUse::Kind::listed)
            return use.where.starts_with("the kernel command line: root=");
        const auto loop = [](const DiskLayer& layer) {
            return layer.kind == Layer::loop && !layer.file.empty();
        };
        return std::ranges::any_of(use.layers, loop) ||
               (use.kind == DiskUse::Kind::mount && is_live_medium(use.where));
    };
    const bool likely = std::ranges::any_of(uses, speaks_for_it);
    if (!likely && tables_.root_is_named) return;
    DiskUse doubt{likely ? DiskUse::Kind::doubted : DiskUse::Kind::unknown, "/dev/" + disk, {}, ""};
    doubt.where = "not known whether / lies on /dev/" + disk + ": it is an overlay with " +
                  hidden_folder_ + ", which is mounted where nobody can look";
    doubt.of_system = likely;
    for (DiskUse& use : uses)
        if (likely && use.kind == DiskUse::Kind::mount && !use.process) use.carries_system = true;
    uses.push_back(std::move(doubt));
}

std::vector<DiskUse> DiskUses::of(const std::string& disk) {
    read();
    steps_ = most_steps;
    std::vector<DiskUse> uses;
    add_uses({disk, "/dev/" + disk, {}}, uses);
    for (const std::string& part : partitions_of(root_, disk))
        add_uses({part, "/dev/" + part, {}}, uses);
    add_doubts(disk, uses);
    return uses;
}

std::vector<DiskUse> DiskUses::of_mount(const Mount& mount, const std::string& node) {
    read();
    steps_ = most_steps;
    std::vector<DiskUse> uses;
    add_places({&mount}, {"", node, {}}, uses);
    return uses;
}

}  // namespace ctrlpass
