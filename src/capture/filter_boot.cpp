// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <array>

#include "iommu/lines.hpp"
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

/// Words whose value names disks, servers or places of the machine's own.
bool names_disks(std::string_view key) {
    constexpr auto keys = std::to_array<std::string_view>({"root",
                                                           "resume",
                                                           "usr",
                                                           "mount.usr",
                                                           "boot",
                                                           "cryptdevice",
                                                           "cryptkey",
                                                           "cryptopts",
                                                           "real_root",
                                                           "real_resume",
                                                           "root_key",
                                                           "root_keydev",
                                                           "swap_keydev",
                                                           "crypt_root",
                                                           "crypt_swap",
                                                           "archisodevice",
                                                           "misodevice",
                                                           "img_dev",
                                                           "live-media",
                                                           "bootfrom",
                                                           "persistent",
                                                           "inst.stage2",
                                                           "inst.repo",
                                                           "cow_device",
                                                           "archisolabel",
                                                           "misolabel",
                                                           "cow_label",
                                                           "fromiso",
                                                           "rd.lvm.lv",
                                                           "rd.md.uuid",
                                                           "zfs",
                                                           "bootfs",
                                                           "nfsroot",
                                                           "netroot",
                                                           "nbdroot",
                                                           "rd.live.overlay",
                                                           "systemd.mount-extra",
                                                           "rd.systemd.mount-extra",
                                                           "systemd.swap-extra",
                                                           "rd.systemd.swap-extra"});
    for (const std::string_view start : {"rd.luks.", "luks.", "systemd.verity_"})
        if (key.starts_with(start) && has_form(key, Form::word)) return true;
    return std::ranges::find(keys, key) != keys.end();
}

/// One part of such a value, between its marks.
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
    if (names_disks(key)) return equals == word.npos ? key : key + "=" + boot_value(mask, value);
    std::string plain = key;
    std::erase(plain, '"');
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

/// A value of a shell: its words, and whether it goes on in the next line.
struct ShellValue {
    std::string text;
    bool open = false;
};

/// Quotes and backslashes go; a comment ends it.
ShellValue shell_value(const std::string& line, char& quote) {
    ShellValue value;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char c = line[i];
        if (c == '\\' && quote != '\'') {
            if (i + 1 == line.size())
                value.open = true;
            else
                value.text += line[++i];
        } else if (quote != '\0') {
            if (c == quote)
                quote = '\0';
            else
                value.text += c;
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (c == '#' && (i == 0 || line[i - 1] == ' ')) {
            break;
        } else {
            value.text += c;
        }
    }
    value.open = value.open || quote != '\0';
    return value;
}

}  // namespace

std::string command_line(Mask& mask, const std::string& path, const std::string& text) {
    return boot_words(mask, text, !path.starts_with("proc/")) + "\n";
}

/// The kernel's command lines that GRUB's defaults set, in their lines; the words of one that goes
/// on stand in its first.
std::string grub_defaults(Mask& mask, const std::string&, const std::string& text) {
    std::string kept;
    std::string key;
    std::string words;
    char quote = '\0';
    std::size_t more = 0;
    const auto end = [&] {
        if (!key.empty()) {
            std::string made;
            for (const std::string& word : words_of(words)) {
                const bool self = word == "$GRUB_CMDLINE_LINUX" ||
                                  word == "${GRUB_CMDLINE_LINUX}" ||
                                  word == "$GRUB_CMDLINE_LINUX_DEFAULT" ||
                                  word == "${GRUB_CMDLINE_LINUX_DEFAULT}";
                const bool computed = word.find_first_of("$`") != word.npos;
                std::string one = self ? word : computed ? "$(masked)" : boot_word(mask, word);
                if (one.empty()) one = left_out;
                made += (made.empty() ? "" : " ") + one;
            }
            kept += key + "\"" + made + "\"";
        }
        kept += std::string(more + 1, '\n');
        key.clear();
        words.clear();
        more = 0;
        quote = '\0';
    };
    bool open = false;
    for (std::string line : lines_of(text)) {
        if (!open) {
            line.erase(0, std::min(line.find_first_not_of(" \t"), line.size()));
            if (line.starts_with("export ")) line.erase(0, 7);
            const auto equals = line.find('=');
            const std::string name = line.substr(0, equals == line.npos ? 0 : equals + 1);
            const bool plain = consists_of(name,
                                           "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_+="
                                           "0123456789");
            const bool wanted =
                plain && (name.starts_with("GRUB_CMDLINE_LINUX") || name == "GRUB_ENABLE_BLSCFG=");
            key = wanted ? name : "";
            // What a shell may do besides is not understood here either.
            if ((name.empty() || !plain) && !line.empty() && line[0] != '#') {
                kept += "eval masked\n";
                continue;
            }
            // Others are passed over, but for where they end.
            line.erase(0, line[0] == '#' ? line.size() : name.size());
        } else {
            ++more;
        }
        const ShellValue value = shell_value(line, quote);
        words += " " + value.text;
        open = value.open;
        if (!open) end();
    }
    if (open) end();
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
