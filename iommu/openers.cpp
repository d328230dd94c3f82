// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/openers.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>

#include "iommu/number.hpp"
#include "iommu/processes.hpp"

namespace ctrlpass {

namespace {

std::optional<dev_t> device_number(const std::string& text) {
    const auto colon = text.find(':');
    const auto major = number_in<unsigned>(text.substr(0, colon));
    const auto minor = number_in<unsigned>(colon == text.npos ? "" : text.substr(colon + 1));
    if (!major || !minor) return std::nullopt;
    return makedev(*major, *minor);
}

/// What nearly every process has open, and nobody asks about.
bool is_common(std::string_view target) {
    constexpr std::array<std::string_view, 6> common{"/dev/null", "/dev/pts/",   "/dev/urandom",
                                                     "/dev/zero", "/dev/random", "/dev/shm/"};
    return std::ranges::any_of(common, [&](auto start) { return target.starts_with(start); });
}

class Scan {
  public:
    Scan(const Root& root, std::span<const DeviceNode> nodes) : root_(root) {
        for (const DeviceNode& node : nodes) {
            by_path_.emplace(node.path, node.path);
            if (const auto device = device_number(node.number))
                by_number_.emplace(std::pair(node.block, *device), node.path);
        }
    }

    void look_into(int pid, Openers& found) const {
        const std::string descriptors = process_home(pid) + "/fd";
        const auto names = root_.list(descriptors);
        if (!names) {
            // Gone meanwhile is as good as holding nothing.
            if (names.error().trouble == Trouble::denied) found.complete = false;
            return;
        }
        for (const std::string& descriptor : *names)
            if (const auto* const node = node_of(descriptors + "/" + descriptor))
                found.openers.push_back({*node, pid});
    }

  private:
    /// Which of the nodes a descriptor has open.
    const std::string* node_of(const std::string& descriptor) const {
        const auto target = root_.link(descriptor);
        if (!target || target->find("/dev/") == target->npos || is_common(*target)) return nullptr;
        if (!root_.is_live()) {
            const auto found = by_path_.find(*target);
            return found == by_path_.end() ? nullptr : &found->second;
        }
        // Without asking a server: one that is gone would keep us waiting for ever.
        struct statx status {};
        if (::statx(AT_FDCWD, ("/" + descriptor).c_str(), AT_STATX_DONT_SYNC, STATX_TYPE,
                    &status) != 0)
            return nullptr;
        if (!S_ISCHR(status.stx_mode) && !S_ISBLK(status.stx_mode)) return nullptr;
        const auto found = by_number_.find(std::pair(
            S_ISBLK(status.stx_mode), ::makedev(status.stx_rdev_major, status.stx_rdev_minor)));
        return found == by_number_.end() ? nullptr : &found->second;
    }

    const Root& root_;
    std::map<std::string, std::string> by_path_;
    std::map<std::pair<bool, dev_t>, std::string> by_number_;
};

}  // namespace

Openers read_openers(const Root& root, std::span<const DeviceNode> nodes) {
    Openers found;
    if (nodes.empty()) return found;
    const Scan scan(root, nodes);
    // With hidepid=2 the processes of others cannot even be seen (proc(5)).
    found.complete = !root.is_live() || root.exists("proc/1/comm");
    for (const int pid : process_ids(root)) scan.look_into(pid, found);
    std::ranges::sort(found.openers, {},
                      [](const Opener& opener) { return std::tie(opener.pid, opener.node); });
    const auto repeated = std::ranges::unique(found.openers);
    found.openers.erase(repeated.begin(), repeated.end());
    return found;
}

}  // namespace ctrlpass
