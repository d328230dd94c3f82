// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/boot_files.hpp"

#include <algorithm>

#include "iommu/lines.hpp"

namespace ctrlpass {

namespace {

constexpr auto kernel_variables = "GRUB_CMDLINE_LINUX";

/// One that is there and cannot be read as a whole is not understood from its first line on.
std::optional<ShellText> read_shell_file(const Root& root, const std::string& path,
                                         const std::string& prefix) {
    const auto text = root.read(path);
    if (text) return read_shell_assignments(*text, prefix);
    if (!root.exists(path) || !root.names(path).empty()) return std::nullopt;
    return ShellText{{}, 1};
}

/// The last value of a variable, where its text alone tells it.
std::string value_of(const ShellText& text, const std::string& name) {
    std::string value;
    for (const ShellAssignment& one : text.assignments) {
        if (one.name != name) continue;
        const bool literal = one.is_plain && one.parts.size() == 1 && !one.parts[0].is_variable;
        value = literal ? one.parts[0].text : "";
    }
    return value;
}

bool counts(const ShellText& text) { return text.not_understood || !text.assignments.empty(); }

/// The shell's "*" passes over hidden files and sorts by bytes, as `names` does.
void read_grub_folder(const Root& root, bool is_debian, BootFiles& files) {
    std::vector<GrubFile> found;
    for (const std::string& name : root.names("etc/default/grub.d")) {
        if (!name.ends_with(".cfg") || name.starts_with(".")) continue;
        auto text = read_shell_file(root, "etc/default/grub.d/" + name, kernel_variables);
        if (text) found.push_back({"/etc/default/grub.d/" + name, std::move(*text)});
    }
    if (is_debian) files.grub_folder = GrubFolder::read;
    if (!is_debian && std::ranges::any_of(found, [](const auto& one) { return counts(one.text); }))
        files.grub_folder = GrubFolder::not_known;
    std::ranges::move(found, std::back_inserter(files.grub));
}

void read_grub(const Root& root, bool is_debian, BootFiles& files) {
    const std::string defaults = "etc/default/grub";
    if (auto text = read_shell_file(root, defaults, kernel_variables)) {
        files.grub.push_back({"/" + defaults, std::move(*text)});
        const std::string entries =
            value_of(read_shell_assignments(root.read(defaults).value_or(""), "GRUB_ENABLE_BLSCFG"),
                     "GRUB_ENABLE_BLSCFG");
        files.grub_without_entries = !entries.empty() && entries != "true";
    }
    read_grub_folder(root, is_debian, files);
    for (const std::string tool : {"update-grub", "grub-mkconfig", "grub2-mkconfig"})
        if (root.exists("usr/sbin/" + tool) || root.exists("usr/bin/" + tool) ||
            root.exists("sbin/" + tool))
            files.grub_tools.push_back(tool);
    for (const std::string config : {"boot/grub/grub.cfg", "boot/grub2/grub.cfg"})
        if (root.exists(config)) files.grub_configs.push_back("/" + config);
}

std::string evidence_of_ostree(const Root& root, const std::string& command_line) {
    if (root.exists("run/ostree-booted")) return "/run/ostree-booted is there";
    const auto words = words_of(command_line);
    const bool said =
        std::ranges::any_of(words, [](const auto& word) { return word.starts_with("ostree=/"); });
    return said ? "ostree= is on its command line" : "";
}

}  // namespace

BootFiles read_boot_files(const Root& root, bool is_debian) {
    BootFiles files;
    const std::string command_line = root.attribute("proc/cmdline").value_or("");
    files.loader = read_boot_loader(root, command_line);
    read_grub(root, is_debian, files);
    files.kernel_cmdline = root.attribute("etc/kernel/cmdline");
    files.proxmox_boot_tool = root.exists("etc/kernel/proxmox-boot-uuids");
    files.ostree = evidence_of_ostree(root, command_line);
    files.nixos = root.exists("etc/NIXOS");
    files.loader_type = value_of(
        read_shell_assignments(root.read("etc/sysconfig/bootloader").value_or(""), "LOADER_TYPE"),
        "LOADER_TYPE");
    return files;
}

}  // namespace ctrlpass
