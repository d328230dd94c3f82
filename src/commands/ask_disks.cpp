// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/commands/ask_disks.hpp"

#include <algorithm>
#include <cerrno>
#include <set>

#include "src/render/text.hpp"

namespace ctrlpass {

namespace {

bool is_accepted_root(const std::vector<Finding>& findings, const std::string& address) {
    return std::ranges::any_of(findings, [&](const Finding& finding) {
        return finding.code == "root-disk" && finding.subject == address && finding.accepted;
    });
}

/// What the answer says of the disk; nothing where it is free, has no medium or is gone.
std::optional<Finding> judge_answer(const std::string& profile, const std::string& address,
                                    const DeviceNode& node, const Error& error) {
    const std::string path = printable(node.path);
    const std::string hint = "Look for who uses it:\n    lsblk " + shell_word(node.path) +
                             "\n    fuser -v " + shell_word(node.path);
    const std::string unknown = "not known whether " + path + " is in use: ";
    switch (error.error_number) {
        case ENOMEDIUM:
        case ENXIO:
            return std::nullopt;
        case EBUSY:
            return make_finding(
                profile, "disk-in-use", address,
                "the kernel, or a process that shares it with nobody, has " + path + " open", hint);
        case ENOENT:
        case ENODEV:
            return make_finding(profile, "not-known", address,
                                unknown + "the node is not there, or is another disk's", hint);
        default:
            break;
    }
    const std::string why = error.trouble == Trouble::stuck ? "it does not answer" : error.where;
    return make_finding(profile, "disk-in-use", address, unknown + printable(why), hint);
}

}  // namespace

std::vector<Finding> ask_disks(Kernel& kernel, const Host& host, const std::vector<Change>& changes,
                               const std::vector<Finding>& known) {
    std::vector<Finding> findings;
    std::set<std::string> asked;
    for (const Change& change : changes) {
        const auto* const setting = std::get_if<BindingSetting>(&change.setting);
        if (setting == nullptr ||
            std::get<Binding>(change.before).driver == std::get<Binding>(change.after).driver)
            continue;
        const std::string address = to_string(setting->address);
        const Place* const place = host.place(setting->address);
        if (place == nullptr || is_accepted_root(known, address)) continue;
        for (const DeviceNode& node : host.nodes) {
            if (!node.block || !is_below(node.sysfs, *place) || !asked.insert(node.path).second)
                continue;
            const auto opened = kernel.try_disk(node.path, node.number);
            if (opened) continue;
            if (auto finding = judge_answer(change.profile, address, node, opened.error()))
                findings.push_back(std::move(*finding));
        }
    }
    return findings;
}

}  // namespace ctrlpass
