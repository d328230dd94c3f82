// SPDX-License-Identifier: GPL-2.0-or-later
#include "vfio/holders.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>

namespace ctrlpass {

namespace {

/// QEMU's command lines are long.
constexpr std::size_t longest_command_line = 1 << 20;

/// A node that stands for a group: the group's own, or the one of a device in it.
struct Node {
    int group = 0;
    std::string path;  ///< "/dev/vfio/28", "/dev/vfio/devices/vfio0"
};

/// The nodes to look for, by what a descriptor shows of them.
struct Nodes {
    std::map<std::string, Node> by_path;
    std::map<dev_t, Node> by_number;  ///< on the live machine only
};

std::optional<int> number(std::string_view text) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
    return value;
}

void add_node(const Root& root, Nodes& nodes, int group, const std::string& path) {
    if (!root.exists(path.substr(1))) return;
    const Node node{group, path};
    nodes.by_path.emplace(path, node);
    struct stat status {};
    if (root.is_live() && ::stat(path.c_str(), &status) == 0 && S_ISCHR(status.st_mode))
        nodes.by_number.emplace(status.st_rdev, node);
}

Nodes nodes_of(const Root& root, std::span<const int> groups) {
    Nodes nodes;
    for (const int group : groups)
        add_node(root, nodes, group, "/dev/vfio/" + std::to_string(group));
    const std::string devices = "sys/class/vfio-dev/";
    for (const auto& name : root.names(devices)) {
        const auto link = root.link_name(devices + name + "/device/iommu_group");
        const auto group = number(link.value_or(""));
        if (group && std::ranges::find(groups, *group) != groups.end())
            add_node(root, nodes, *group, "/dev/vfio/devices/" + name);
    }
    return nodes;
}

/// Which of the nodes a descriptor has open.
///
/// `anon_inode:[vfio-device]` names no group and is passed over: its opener has the group's or the
/// device's node open as well, unless it handed the descriptor on to another process. For that
/// case, and for a node that was made under a name without "vfio", apply and rollback try the
/// group itself at last.
const Node* node_of(const Root& root, const Nodes& nodes, const std::string& descriptor) {
    const auto target = root.link(descriptor);
    if (!target || target->find("vfio") == target->npos) return nullptr;
    if (!root.is_live()) {
        const auto found = nodes.by_path.find(*target);
        return found == nodes.by_path.end() ? nullptr : &found->second;
    }
    struct stat status {};
    if (::stat(("/" + descriptor).c_str(), &status) != 0 || !S_ISCHR(status.st_mode))
        return nullptr;
    const auto found = nodes.by_number.find(status.st_rdev);
    return found == nodes.by_number.end() ? nullptr : &found->second;
}

std::vector<std::string> arguments_of(const Root& root, const std::string& process) {
    const auto text = root.read(process + "/cmdline", longest_command_line);
    std::vector<std::string> arguments;
    if (!text) return arguments;
    std::size_t from = 0;
    while (from < text->size()) {
        const auto end = std::min(text->find('\0', from), text->size());
        arguments.push_back(text->substr(from, end - from));
        from = end + 1;
    }
    return arguments;
}

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

std::string guest_of(const Root& root, const std::string& process) {
    const auto arguments = arguments_of(root, process);
    if (arguments.empty()) return {};
    const auto program = arguments[0].substr(arguments[0].rfind('/') + 1);
    if (program.find("qemu") == program.npos && program != "kvm") return {};
    for (std::size_t i = 1; i + 1 < arguments.size(); ++i)
        if (arguments[i] == "-name" || arguments[i] == "--name") return guest_in(arguments[i + 1]);
    return {};
}

void look_into(const Root& root, const Nodes& nodes, const std::string& pid, Holders& found) {
    const std::string process = "proc/" + pid;
    const auto descriptors = root.list(process + "/fd");
    if (!descriptors) {
        // Gone meanwhile is as good as holding nothing.
        if (descriptors.error().trouble == Trouble::denied) found.complete = false;
        return;
    }
    for (const auto& descriptor : *descriptors) {
        const Node* const node = node_of(root, nodes, process + "/fd/" + descriptor);
        if (node == nullptr) continue;
        found.holders.push_back({node->group, number(pid).value_or(0),
                                 root.attribute(process + "/comm").value_or(""),
                                 guest_of(root, process), node->path});
    }
}

}  // namespace

Holders read_holders(const Root& root, std::span<const int> groups) {
    Holders found;
    const Nodes nodes = nodes_of(root, groups);
    if (nodes.by_path.empty()) return found;
    for (const auto& name : root.names("proc"))
        if (number(name)) look_into(root, nodes, name, found);

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
