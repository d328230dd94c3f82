// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/mounts.hpp"

#include <algorithm>
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
        mounts.push_back({fields[2], dash[2], dash[1], fields[4]});
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
        if (!fields.empty() && fields[0].starts_with("/dev/")) found.swaps.push_back(fields[0]);
    }
    return found;
}

void add_mounts_elsewhere(const Root& root, Mounts& mounts) {
    OtherNamespaces(root, mounts.mounts).read();
}

}  // namespace ctrlpass
