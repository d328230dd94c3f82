// SPDX-License-Identifier: GPL-2.0-or-later
#pragma once

#include <map>
#include <string>
#include <vector>

#include "iommu/disk_uses.hpp"
#include "tests/support/temp_tree.hpp"

namespace ctrlpass::tests {

/// A machine with block devices, for tests of what is done with them: sdb with the partitions
/// sdb1 ("8:17") and sdb2 ("8:18").
struct DiskTree : TempTree {
    DiskTree() {
        device("sdb", "8:16");
        device("sdb1", "8:17", "sdb");
        device("sdb2", "8:18", "sdb");
        mount("0:20", "/sys", "sysfs", "sysfs");
        file("proc/swaps", "Filename Type Size Used Priority\n");
    }

    void device(const std::string& name, const std::string& number,
                const std::string& disk = "") const {
        const std::string home =
            "sys/devices/virtual/block/" + (disk.empty() ? "" : disk + "/") + name;
        file(home + "/dev", number + "\n");
        if (!disk.empty()) file(home + "/partition", "1\n");
        link("sys/class/block/" + name, "../../" + home.substr(4));
        link("sys/dev/block/" + number, "../../" + home.substr(4));
        file("dev/" + name, "");
    }
    void udev(const std::string& number, const std::string& properties) const {
        file("run/udev/data/b" + number, properties);
    }
    void node_link(const std::string& path, const std::string& name) const {
        link("dev/" + path, "/dev/" + name);
    }
    void mount(const std::string& number, const std::string& where, const std::string& type,
               const std::string& source, const std::string& options = "rw") {
        mounts_ += "36 35 " + number + " / " + where + " rw shared:1 - " + type + " " + source +
                   " " + options + "\n";
        file("proc/self/mountinfo", mounts_);
    }
    void loop(const std::string& name, const std::string& number, const std::string& on) const {
        device(name, number);
        file("sys/devices/virtual/block/" + name + "/loop/backing_file", on + "\n");
    }

    /// What is said of sdb.
    std::vector<std::string> uses(const std::string& disk = "sdb") const {
        const Root root = this->root();
        DiskUses disks(root);
        std::vector<std::string> texts;
        for (const DiskUse& use : disks.of(disk)) texts.push_back(to_string(use));
        return texts;
    }
    /// The first that is said of it, "" when nothing is.
    std::string first_use() const {
        const auto texts = uses();
        return texts.empty() ? "" : texts.front();
    }

  private:
    std::string mounts_;
};

}  // namespace ctrlpass::tests
