// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/findings/judge_disks.hpp"

#include <string_view>

#include "src/render/text.hpp"

namespace ctrlpass {

namespace {

struct DiskFinding {
    std::string_view code;
    std::string message;
    std::string hint;
};

DiskFinding of_use(const DiskUse& use) {
    const std::string node = printable(use.node);
    const std::string where = printable(use.where);
    switch (use.kind) {
        case DiskUse::Kind::swap:
            return {"swap-disk", node + " is swapped to",
                    "Switch it off first:\n    swapoff " + node};
        case DiskUse::Kind::holder:
            return {"disk-in-use", node + " is held by " + where,
                    "Stop what is built on it first; see:\n    lsblk -s /dev/" +
                        where.substr(where.rfind('/') + 1)};
        case DiskUse::Kind::mount:
            break;
    }
    const bool root = where == "/" || where == "/boot" || where == "/boot/efi" || where == "/efi";
    if (root) return {"root-disk", node + " is mounted on " + where, {}};
    return {"mounted-disk", node + " mounted on " + where,
            "Unmount it first:\n    umount " + shell_word(use.where)};
}

}  // namespace

std::vector<Finding> judge_disks(const Case& facts, const Place& place) {
    std::vector<Finding> findings;
    for (const Attached& attached : facts.host.attached) {
        if (!is_below(attached.sysfs, place)) continue;
        for (const DiskUse& use : attached.carried.uses) {
            auto [code, message, hint] = of_use(use);
            findings.push_back(make_finding(facts.profile, code, to_string(place.address),
                                            std::move(message), std::move(hint)));
        }
    }
    return findings;
}

}  // namespace ctrlpass
