// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <array>
#include <map>

#include "iommu/boot_keys.hpp"
#include "iommu/lines.hpp"
#include "iommu/shell_assignments.hpp"
#include "src/capture/filters.hpp"
#include "src/capture/forms.hpp"
#include "src/capture/recognised.hpp"

namespace ctrlpass::filters {

namespace {

/// Words with which every machine starts, or by which drivers and the IOMMU are set.
bool is_usual_key(std::string_view key) {
    constexpr auto known = std::to_array<std::string_view>({"intel_iommu",
                                                            "amd_iommu",
                                                            "iommu",
                                                            "iommu.passthrough",
                                                            "iommu.strict",
                                                            "intremap",
                                                            "nointremap",
                                                            "nox2apic",
                                                            "noapic",
                                                            "pcie_acs_override",
                                                            "pci",
                                                            "isolcpus",
                                                            "nohz_full",
                                                            "rcu_nocbs",
                                                            "irqaffinity",
                                                            "ctrlpass",
                                                            "quiet",
                                                            "splash",
                                                            "ro",
                                                            "rw",
                                                            "nomodeset",
                                                            "true",
                                                            "false",
                                                            "resume_offset",
                                                            "--"});
    return std::ranges::find(known, key) != known.end();
}

/// One part of a value that names disks or servers, between its marks.
std::string boot_part(Mask& mask, const std::string& part, int depth = 4) {
    constexpr auto words =
        std::to_array<std::string_view>({"live",    "auto",   "AUTO",  "none",  "nfs",
                                         "nbd",     "iscsi",  "zfs",   "ext4",  "ext3",
                                         "ext2",    "xfs",    "btrfs", "vfat",  "luks",
                                         "plain",   "dhcp",   "hd",    "cdrom", "allow-discards",
                                         "discard", "yes",    "no",    "ro",    "rw",
                                         "target",  "source", "lvm",   "key",   "tries",
                                         "timeout", "header"});
    constexpr std::string_view luks = "luks-";
    if (std::ranges::find(words, part) != words.end() || part.empty()) return part;
    if (part.starts_with(luks)) return std::string(luks) + mask.names.id(part.substr(luks.size()));
    for (const char* const tag : {"UUID=", "PARTUUID=", "LABEL=", "PARTLABEL=", "ID="})
        if (part.starts_with(tag)) return mask.places.spec(part);
    const auto equals = part.find('=');
    if (equals != part.npos && depth > 0) {
        const std::string left = part.substr(0, equals);
        const std::string kept = left == "ZFS" ? left : boot_part(mask, left, 0);
        return kept + "=" + boot_part(mask, part.substr(equals + 1), depth - 1);
    }
    if (part.starts_with('/')) return mask.places.path(part);
    if (const std::string address = mask.addresses.address(part); !address.empty()) return address;
    if (has_form(part, Form::number) && part.size() <= 6) return part;
    constexpr std::size_t shortest_id = 8;
    const bool id = part.size() >= shortest_id && consists_of(part, "0123456789abcdefABCDEF-");
    if (id) return mask.names.id(part);
    std::string names;
    for (const std::string_view one : parts_between(part, '/'))
        names += (names.empty() ? "" : "/") + mask.names.name(one);
    return names;
}

std::string boot_value(Mask& mask, std::string value) {
    std::erase_if(value, [](char c) { return c == '"' || c == '\''; });
    // Names by path have colons of their own.
    if (value.starts_with("/dev/disk/by-path/")) return mask.places.path(value);
    std::string kept;
    for (std::size_t begin = 0; begin <= value.size();) {
        const auto end = std::min(value.find_first_of(":,;", begin), value.size());
        kept += boot_part(mask, value.substr(begin, end - begin));
        if (end < value.size()) kept += value[end];
        begin = end + 1;
    }
    return kept;
}

/// "" for a word that nothing is judged by.
std::string boot_word(Mask& mask, const std::string& word) {
    const auto equals = word.find('=');
    const std::string key = word.substr(0, equals);
    const std::string value = equals == word.npos ? "" : word.substr(equals + 1);
    if (is_usual_key(key)) return value.empty() || has_form(value, Form::words) ? word : key + "=";
    if (named_by_boot_key(key))
        return equals == word.npos ? key : key + "=" + boot_value(mask, value);
    std::string plain = key;
    std::erase(plain, '"');
    if (is_lending_key(plain)) return is_option_value(value) ? word : "";
    if (plain.starts_with("vfio") && has_form(plain, Form::word))
        return consists_of(value, "0123456789abcdefABCDEFxXyYnN:,*\"") ? word : "";
    if (key == "acpi") return value == "off" ? word : "";
    // Of these only that they are there, or how they begin.
    if (key == "BOOT_IMAGE")
        return value.starts_with('(') ? "BOOT_IMAGE=(masked" : "BOOT_IMAGE=/masked";
    constexpr std::string_view proxmox = "\\EFI\\proxmox\\";
    if (key == "initrd")
        return "initrd=" + std::string(value.starts_with(proxmox) ? proxmox : "") + "masked";
    if (key == "ostree") return value.starts_with('/') ? "ostree=/masked" : "ostree=masked";
    for (const std::string_view start : {"rd.live.", "live-media", "archisobasedir", "modloop"})
        if (key.starts_with(start) && has_form(key, Form::word))
            return key + (equals == word.npos ? "" : "=masked");
    return "";
}

/// The mark of a word that was left out.
constexpr std::string_view left_out = "masked";

std::string boot_words(Mask& mask, const std::string& text, bool marked) {
    std::string kept;
    for (const std::string& word : words_of(text)) {
        std::string made = boot_word(mask, word);
        if (made.empty() && marked) made = left_out;
        if (!made.empty()) kept += (kept.empty() ? "" : " ") + made;
    }
    return kept;
}

/// A stretch of a shell's value. A word that touches a variable is not whole.
std::string boot_stretch(Mask& mask, const ShellAssignment& one, std::size_t index) {
    const std::string& text = one.parts[index].text;
    constexpr std::string_view blanks = " \t\n";
    std::string kept;
    for (std::size_t begin = 0; begin < text.size();) {
        if (blanks.contains(text[begin])) {
            kept += ' ';
            ++begin;
            continue;
        }
        const auto end = std::min(text.find_first_of(blanks, begin), text.size());
        const bool whole =
            (begin > 0 || index == 0) && (end < text.size() || index + 1 == one.parts.size());
        const std::string made =
            whole ? boot_word(mask, text.substr(begin, end - begin)) : std::string();
        kept += made.empty() ? left_out : made;
        begin = end;
    }
    return kept;
}

std::size_t line_ends(const std::string& text) {
    return static_cast<std::size_t>(std::ranges::count(text, '\n'));
}

/// The same lines, where the shell reads the same of what is judged.
std::string grub_line(Mask& mask, const ShellAssignment& one) {
    constexpr std::string_view names = "GRUB_CMDLINE_LINUX";
    ShellAssignment kept = one;
    for (std::size_t i = 0; i < one.parts.size(); ++i)
        kept.parts[i].text = !one.parts[i].is_variable              ? boot_stretch(mask, one, i)
                             : one.parts[i].text.starts_with(names) ? one.parts[i].text
                                                                    : std::string(left_out);
    kept.single_quoted = one.single_quoted && one.is_plain && one.first_line == one.last_line;
    kept.comment.clear();
    std::string line = shell_line(kept);
    std::string more = one.is_plain ? "" : "$(masked)";
    for (auto number = one.first_line; number < one.last_line; ++number) more += "\\\n";
    line.insert(line.size() - 1, more);
    if (!one.is_alone) line += "; true";
    return line + (one.comment.empty() ? "" : "  # masked");
}

}  // namespace

std::string command_line(Mask& mask, const std::string& path, const std::string& text) {
    return boot_words(mask, text, !path.starts_with("proc/")) + "\n";
}

/// The kernel's command lines that GRUB's defaults set, and whether Fedora's entries count, in
/// their lines. What a shell may do besides is not understood of the copy either.
std::string grub_defaults(Mask& mask, const std::string&, const std::string& text) {
    std::map<std::size_t, std::string> lines;
    const std::size_t last = lines_of(text).size();
    const auto add = [&](std::size_t number, const std::string& line) {
        const auto after = lines.upper_bound(number);
        const auto before = after == lines.begin() ? lines.end() : std::prev(after);
        if (before != lines.end() && before->first + line_ends(before->second) >= number)
            before->second += "; " + line;
        else
            lines[number] = line;
    };
    for (const char* const names : {"GRUB_CMDLINE_LINUX", "GRUB_ENABLE_BLSCFG"}) {
        const ShellText read = read_shell_assignments(text, names);
        for (const ShellAssignment& one : read.assignments)
            add(one.first_line, grub_line(mask, one));
        const bool judged = std::string_view(names) == "GRUB_CMDLINE_LINUX";
        if (judged && read.not_understood) add(*read.not_understood, "eval masked");
    }
    std::string kept;
    for (std::size_t number = 1; number <= last; ++number) {
        const auto line = lines.find(number);
        const std::string here = line == lines.end() ? "" : line->second;
        number += line_ends(here);
        kept += here + "\n";
    }
    return kept;
}

namespace {

/// The command lines of boot entries, each in its line.
std::string entries(Mask& mask, const std::string& text,
                    const std::vector<std::string_view>& keys) {
    std::string kept;
    for (const std::string& line : lines_of(text)) {
        const auto words = words_of(line);
        const bool known = !words.empty() && std::ranges::find(keys, words[0]) != keys.end();
        if (known)
            kept += words[0] + " " +
                    boot_words(mask, line.substr(line.find(words[0]) + words[0].size()), true);
        kept += "\n";
    }
    return kept;
}

}  // namespace

/// Of an entry of systemd-boot its command line (Boot Loader Specification).
std::string loader_entry(Mask& mask, const std::string&, const std::string& text) {
    return entries(mask, text, {"options"});
}

/// Of GRUB's menu the kernels' command lines.
std::string grub_menu(Mask& mask, const std::string&, const std::string& text) {
    return entries(mask, text, {"linux", "linuxefi", "linux16"});
}

}  // namespace ctrlpass::filters
