// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/mounts.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "iommu/lines.hpp"
#include "iommu/processes.hpp"

namespace ctrlpass {

namespace {

Result<std::vector<Mount>> read_table(const Root& root, const std::string& process) {
    std::vector<Mount> mounts;
    // 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw (proc(5)).
    for (const auto& line : lines_of(TRY(root.read(process + "/mountinfo", longest_table)))) {
        const auto fields = fields_of(line);
        const auto dash = std::ranges::find(fields, "-");
        if (fields.size() < 5 || fields.end() - dash < 3) continue;
        Mount mount{fields[2], dash[2], dash[1], fields[4]};
        // Commas within a value are escaped, so these are split first.
        if (fields.end() - dash > 3) mount.options = words_of(line).back();
        mounts.push_back(std::move(mount));
    }
    return mounts;
}

/// Every namespace has copies of what was mounted when it was made; only what is mounted nowhere
/// else matters, and only what lies on a disk.
class OtherNamespaces {
  public:
    OtherNamespaces(const Root& root, std::vector<Mount>& mounts) : root_(root), mounts_(mounts) {
        for (const Mount& mount : mounts) ours_.emplace(mount.number, mount.source);
    }

    void read() {
        const auto own = root_.link("proc/self/ns/mnt");
        if (!own) return;
        std::set<std::string> known{*own};
        for (const int pid : process_ids(root_)) {
            const auto name = root_.link(process_home(pid) + "/ns/mnt");
            // One that is gone before its table is read leaves it to the next.
            if (name && !known.contains(*name) && read_of(pid)) known.insert(*name);
        }
    }

  private:
    bool read_of(int pid) {
        auto table = read_table(root_, process_home(pid));
        if (!table) return false;
        const Process process{pid, process_name(root_, pid)};
        for (Mount& mount : *table) {
            if (!may_be_on_disk(mount) || ours_.contains({mount.number, mount.source})) continue;
            mount.process = process;
            mounts_.push_back(std::move(mount));
        }
        return true;
    }

    const Root& root_;
    std::vector<Mount>& mounts_;
    std::set<std::pair<std::string, std::string>> ours_;
};

}  // namespace

bool may_be_on_disk(const Mount& mount) {
    return !mount.number.starts_with("0:") || mount.source.starts_with("/dev/") ||
           mount.type == "zfs";
}

Result<Mounts> read_mounts(const Root& root) {
    Mounts found;
    found.mounts = TRY(read_table(root, "proc/self"));
    for (const auto& line : lines_of(TRY(root.read("proc/swaps", longest_table)))) {
        const auto fields = fields_of(line);
        if (fields.empty() || !fields[0].starts_with('/')) continue;
        const bool node = fields[0].starts_with("/dev/");
        if (node)
            found.swaps.push_back(fields[0]);
        else
            found.swap_files.push_back(without_deleted(fields[0]));
    }
    return found;
}

bool is_of_the_system(const std::string& mount_point) {
    constexpr std::array<std::string_view, 10> points{
        "/",    "/boot",      "/boot/efi", "/boot/firmware", "/efi",
        "/usr", "/nix/store", "/nix",      "/gnu/store",     "/sysroot"};
    return std::ranges::find(points, mount_point) != points.end();
}

bool is_live_medium(const std::string& mount_point) {
    constexpr std::array<std::string_view, 9> points{"/cdrom",
                                                     "/run/initramfs/live",
                                                     "/run/live/medium",
                                                     "/isodevice",
                                                     "/lib/live/mount/medium",
                                                     "/run/archiso/bootmnt",
                                                     "/run/miso/bootmnt",
                                                     "/run/overlayfs",
                                                     "/mnt/live"};
    return std::ranges::find(points, mount_point) != points.end() ||
           mount_point.starts_with("/run/initramfs/") || mount_point.starts_with("/media/root-");
}

std::vector<std::string> option_values(const Mount& mount, std::string_view key) {
    std::vector<std::string> values;
    for (const std::string& option : parts_of(mount.options, ',')) {
        const auto equals = option.find('=');
        if (equals != option.npos && option.substr(0, equals) == key)
            values.push_back(unescaped(option.substr(equals + 1)));
    }
    return values;
}

std::vector<std::string> folders_of_overlay(const Mount& mount) {
    std::vector<std::string> folders;
    // "lowerdir+" and "datadir+" stand once for each (fs/overlayfs/params.c, Linux 6.8).
    for (const std::string_view key : {"lowerdir", "lowerdir+", "datadir+", "upperdir", "workdir"})
        for (const std::string& value : option_values(mount, key)) {
            if (key != "lowerdir") {
                folders.push_back(value);
                continue;
            }
            // A colon within a name is "\:".
            std::string folder;
            for (std::size_t i = 0; i <= value.size(); ++i) {
                if (i == value.size() || value[i] == ':') {
                    if (!folder.empty()) folders.push_back(std::exchange(folder, {}));
                } else {
                    if (value[i] == '\\' && i + 1 < value.size()) ++i;
                    folder += value[i];
                }
            }
        }
    return folders;
}

MountPoints::MountPoints(const std::vector<Mount>& mounts) {
    // The last of those on top of each other is the one that is seen.
    for (const Mount& mount : mounts)
        if (!mount.process) by_place_[mount.where] = &mount;
}

const Mount* MountPoints::of(const std::string& path) const {
    if (!path.starts_with('/')) return nullptr;
    std::string place = path;
    for (;;) {
        while (place.size() > 1 && place.ends_with('/')) place.pop_back();
        const auto found = by_place_.find(place);
        if (found != by_place_.end()) return found->second;
        if (place == "/") return nullptr;
        place.erase(place.rfind('/') + 1);
    }
}

std::string without_deleted(std::string path) {
    constexpr std::string_view mark = " (deleted)";  // fs/d_path.c
    if (path.ends_with(mark)) path.erase(path.size() - mark.size());
    return path;
}

void add_mounts_elsewhere(const Root& root, Mounts& mounts) {
    OtherNamespaces(root, mounts.mounts).read();
}

}  // namespace ctrlpass
