// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/capture/recognised.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "src/capture/forms.hpp"

namespace ctrlpass::filters {

namespace {

constexpr auto known_words = std::to_array<std::string_view>({"vfio-pci",
                                                              "vfio_pci",
                                                              "vfio",
                                                              "vfio_iommu_type1",
                                                              "vfio-iommu-type1",
                                                              "vfio_virqfd",
                                                              "vfio_pci_core",
                                                              "pci-stub",
                                                              "pci_stub",
                                                              "xen-pciback",
                                                              "xhci_hcd",
                                                              "xhci_pci",
                                                              "xhci-pci",
                                                              "xhci-hcd",
                                                              "ehci_hcd",
                                                              "ehci_pci",
                                                              "ehci-pci",
                                                              "ohci_hcd",
                                                              "ohci_pci",
                                                              "ohci-pci",
                                                              "uhci_hcd",
                                                              "usb_storage",
                                                              "usb-storage",
                                                              "driver_override",
                                                              "new_id",
                                                              "remove_id",
                                                              "bind",
                                                              "unbind",
                                                              "drivers_probe",
                                                              "ids",
                                                              "driverctl",
                                                              "set-override",
                                                              "unset-override",
                                                              "modprobe",
                                                              "insmod",
                                                              "virsh",
                                                              "nodedev-detach",
                                                              "nodedev-dettach",
                                                              "nodedev-reattach",
                                                              "echo",
                                                              "printf",
                                                              "tee",
                                                              "for",
                                                              "in",
                                                              "do",
                                                              "done",
                                                              "while",
                                                              "setpci",
                                                              "remove",
                                                              "rescan"});

/// Of a path below /sys every part that is the kernel's own word, an address or a variable.
std::string sysfs_path(Mask& mask, std::string_view path) {
    constexpr auto parts = std::to_array<std::string_view>(
        {"", "sys", "bus", "pci", "devices", "drivers", "driver", "usb", "class", "module",
         "kernel", "iommu_groups", "parameters", "iommu_group", "physfn", "slots"});
    std::string text;
    std::size_t count = 0;
    for (const std::string_view part : parts_between(path, '/')) {
        const bool known = std::ranges::find(parts, part) != parts.end() || is_known_word(part) ||
                           is_pci_address(part) || is_substitution(part) || part == "*" ||
                           part.starts_with("pci0");
        text += (count++ == 0 ? "" : "/") + (known ? std::string(part) : mask.names.name(part));
    }
    return text;
}

/// What stands between the marks of a shell, of udev and of a list.
std::vector<std::string_view> words_in(std::string_view line) {
    constexpr std::string_view marks = " \t\n\r\"'`;|&<>()=,!\\+";
    std::vector<std::string_view> words;
    for (std::size_t begin = 0; begin < line.size();) {
        const auto end = std::min(line.find_first_of(marks, begin), line.size());
        if (end > begin) words.push_back(line.substr(begin, end - begin));
        begin = end + 1;
    }
    return words;
}

bool is_hex4(std::string_view word) {
    return word.size() == 4 && std::ranges::all_of(word, is_hex);
}

/// A program, by its place: "/bin/sh" and its kin as they are.
std::string program(Mask& mask, std::string_view path) {
    constexpr auto usual = std::to_array<std::string_view>(
        {"/bin/sh", "/bin/bash", "/usr/bin/sh", "/usr/bin/bash", "/bin/true", "/bin/false",
         "/usr/bin/true", "/usr/bin/false", "/sbin/modprobe", "/usr/sbin/modprobe", "/bin/echo",
         "/usr/bin/env", "/usr/sbin/driverctl", "/usr/bin/driverctl"});
    if (std::ranges::find(usual, path) != usual.end()) return std::string(path);
    return mask.places.path(std::string(path));
}

std::string one(Mask& mask, std::string_view word) {
    if (is_pci_address(word) || is_pci_id(word) || is_known_word(word) || is_substitution(word) ||
        is_id_list(word))
        return std::string(word);
    if (word.starts_with("0x") && is_hex4(word.substr(2))) return std::string(word);
    if (word.starts_with("/sys/")) return sysfs_path(mask, word);
    if (word.starts_with('/') && word.size() > 1) return program(mask, word);
    // A word with a path or a variable in it: "$DEVICE/driver_override", "pci_0000_0a_00_3".
    if (word.find('/') != word.npos) return sysfs_path(mask, word);
    constexpr std::string_view nodedev = "pci_0000_";
    if (word.starts_with(nodedev) && consists_of(word.substr(4), "0123456789abcdef_"))
        return std::string(word);
    for (const std::string_view verb : {"driver_override", "new_id", "unbind"})
        if (word.find(verb) != word.npos) return std::string(verb);
    return "";
}

}  // namespace

bool is_known_word(std::string_view word) {
    return std::ranges::find(known_words, word) != known_words.end();
}

bool is_id_list(std::string_view text) {
    return text.size() >= 9 && is_pci_id(text.substr(0, 9)) && text.size() <= 1024 &&
           consists_of(text, "0123456789abcdefABCDEF:,*");
}

bool is_substitution(std::string_view word) {
    constexpr auto udev = std::to_array<std::string_view>(
        {"$kernel", "%k", "$number", "%n", "$devpath", "%p", "$id", "%b", "$driver", "%c",
         "$result", "$name", "%S", "$sys", "$root", "%r"});
    if (std::ranges::find(udev, word) != udev.end()) return true;
    if (word.starts_with("$attr{") || word.starts_with("%s{") || word.starts_with("$env{") ||
        word.starts_with("%E{"))
        return word.ends_with('}') && word.size() <= 48 &&
               std::ranges::all_of(word.substr(2), [](char c) {
                   return is_letter(c) || is_digit(c) || std::string_view("_{}").contains(c);
               });
    // A variable of a shell: its name is its author's, so only that there is one.
    return word == "$1" || word == "$2" || word == "$@" || word == "$*";
}

std::string_view without_comment(std::string_view line) {
    for (std::size_t at = line.find('#'); at != line.npos; at = line.find('#', at + 1))
        if (at == 0 || line[at - 1] == ' ' || line[at - 1] == '\t' || line[at - 1] == ';')
            return line.substr(0, at);
    return line;
}

std::string recognised(Mask& mask, std::string_view line) {
    std::string kept;
    std::string_view before;
    std::size_t last_id = std::string::npos;
    for (const std::string_view word : words_in(line)) {
        std::string text = one(mask, word);
        // new_id takes two numbers: neither says anything alone.
        if (text.empty() && is_hex4(word) && is_hex4(before) && last_id != kept.size()) {
            text = std::string(before) + " " + std::string(word);
            last_id = kept.size();
        }
        before = word;
        if (text.empty()) continue;
        kept += (kept.empty() ? "" : " ") + text;
    }
    return kept;
}

}  // namespace ctrlpass::filters
