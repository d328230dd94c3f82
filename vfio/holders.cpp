// SPDX-License-Identifier: GPL-2.0-or-later
#include "vfio/holders.hpp"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>

#include "iommu/number.hpp"
#include "iommu/openers.hpp"
#include "iommu/processes.hpp"

namespace ctrlpass {

namespace {

std::optional<int> number(std::string_view text) {
    const auto value = number_in<int>(text);
    return value && *value >= 0 ? value : std::nullopt;
}

/// The nodes that stand for the groups: a group's own, and those of the devices in it.
///
/// `anon_inode:[vfio-device]` names no group and is passed over: its opener has the group's or the
/// device's node open as well, unless it handed the descriptor on to another process. For that
/// case, and for a node that was made outside of a /dev, apply and rollback try the group itself
/// at last.
class GroupNodes {
  public:
    GroupNodes(const Root& root, std::span<const int> groups) : root_(root) {
        for (const int group : groups) add(group, "/dev/vfio/" + std::to_string(group));
        const std::string devices = "sys/class/vfio-dev/";
        for (const auto& name : root.names(devices)) {
            const auto link = root.link_name(devices + name + "/device/iommu_group");
            const auto group = number(link.value_or(""));
            if (group && std::ranges::find(groups, *group) != groups.end())
                add(*group, "/dev/vfio/devices/" + name);
        }
    }

    const std::vector<DeviceNode>& nodes() const { return nodes_; }
    /// Nothing for a node of something else.
    std::optional<int> group_of(const std::string& node) const {
        const auto found = groups_.find(node);
        return found == groups_.end() ? std::nullopt : std::optional(found->second);
    }

  private:
    void add(int group, const std::string& path) {
        if (!root_.exists(path.substr(1))) return;
        struct stat status {};
        std::string numbers;
        if (root_.is_live() && ::stat(path.c_str(), &status) == 0 && S_ISCHR(status.st_mode))
            numbers =
                std::to_string(major(status.st_rdev)) + ":" + std::to_string(minor(status.st_rdev));
        nodes_.push_back({path, numbers, false, {}});
        groups_.emplace(path, group);
    }

    const Root& root_;
    std::vector<DeviceNode> nodes_;
    std::map<std::string, int> groups_;
};

/// The value of `guest=` in QEMU's option text, where a comma is doubled and the first value may
/// stand without its key: "guest=win11,debug-threads=on", "win11,process=vm".
std::string guest_in(std::string_view options) {
    bool first = true;
    for (std::size_t at = 0; at < options.size(); first = false) {
        std::string option;
        for (; at < options.size(); ++at) {
            if (options[at] == ',' && options.substr(at, 2) != ",,") break;
            if (options[at] == ',') ++at;
            option += options[at];
        }
        ++at;
        if (option.starts_with("guest=")) return option.substr(6);
        if (first && option.find('=') == option.npos) return option;
    }
    return {};
}

std::string guest_of(const Root& root, int process) {
    const auto arguments = process_arguments(root, process);
    if (arguments.empty()) return {};
    const auto program = arguments[0].substr(arguments[0].rfind('/') + 1);
    if (program.find("qemu") == program.npos && program != "kvm") return {};
    for (std::size_t i = 1; i + 1 < arguments.size(); ++i)
        if (arguments[i] == "-name" || arguments[i] == "--name") return guest_in(arguments[i + 1]);
    return {};
}

}  // namespace

Holders read_holders(const Root& root, std::span<const int> groups,
                     std::span<const DeviceNode> nodes) {
    const GroupNodes of_groups(root, groups);
    std::vector<DeviceNode> wanted = of_groups.nodes();
    wanted.insert(wanted.end(), nodes.begin(), nodes.end());
    const Openers openers = read_openers(root, wanted);

    Holders found;
    found.complete = openers.complete;
    for (const Opener& opener : openers.openers) {
        const std::string name = process_name(root, opener.pid);
        const std::string guest = guest_of(root, opener.pid);
        if (const auto group = of_groups.group_of(opener.node))
            found.holders.push_back({*group, opener.pid, name, guest, opener.node});
        else
            found.opened.push_back({opener.node, opener.pid, name, guest});
    }
    // Each process once for each group; of its nodes the group's own, which sorts first.
    const auto order = [](const Holder& holder) {
        return std::tie(holder.group, holder.pid, holder.node);
    };
    std::ranges::sort(found.holders, {}, order);
    const auto repeated = std::ranges::unique(found.holders, {}, [](const Holder& holder) {
        return std::pair(holder.group, holder.pid);
    });
    found.holders.erase(repeated.begin(), repeated.end());
    return found;
}

}  // namespace ctrlpass
