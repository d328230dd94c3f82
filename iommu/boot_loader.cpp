// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/boot_loader.hpp"

#include <algorithm>
#include <array>

#include "iommu/lines.hpp"

namespace ctrlpass {

namespace {

/// A variable of the Boot Loader Interface: four bytes of attributes, then UTF-16 with a zero at
/// its end (Documentation/filesystems/efivarfs.rst). The firmware's text is hostile and may be
/// long.
std::string loader_variable(const Root& root, const std::string& name) {
    constexpr std::size_t attributes = 4;
    constexpr std::size_t longest = 80;
    const std::string text =
        root.read("sys/firmware/efi/efivars/" + name + "-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f")
            .value_or("");
    std::string value;
    for (std::size_t i = attributes; i + 1 < text.size() && value.size() < longest; i += 2) {
        const char low = text[i];
        if (low == '\0' && text[i + 1] == '\0') break;
        const bool shown = text[i + 1] == '\0' && low >= ' ' && low <= '~';
        value += shown ? low : '?';
    }
    return value;
}

/// Files that say which boot loaders are installed. Those of the EFI partition are not asked for:
/// it may be mounted only when somebody looks into it.
std::vector<std::string> files_of_loaders(const Root& root) {
    constexpr std::array files{"boot/extlinux/extlinux.conf",
                               "boot/extlinux.conf",
                               "etc/update-extlinux.conf",
                               "etc/default/u-boot",
                               "boot/syslinux/syslinux.cfg",
                               "boot/limine.conf",
                               "boot/limine/limine.conf",
                               "boot/limine.cfg",
                               "etc/default/limine",
                               "boot/refind_linux.conf",
                               "boot/loader/entries",
                               "boot/loader/loader.conf",
                               "boot/firmware/cmdline.txt",
                               "boot/cmdline.txt",
                               "etc/kernelstub/configuration",
                               "etc/kernel/cmdline",
                               "etc/lilo.conf",
                               "etc/elilo.conf"};
    std::vector<std::string> found;
    for (const char* const file : files)
        if (root.exists(file)) found.push_back("/" + std::string(file));
    return found;
}

/// Also used by GRUB: these do not speak for another boot loader.
bool is_of_grub_too(const std::string& place) {
    return place.starts_with("/boot/loader/") || place == "/etc/kernel/cmdline";
}

std::string first_file(const Root& root, std::initializer_list<const char*> files) {
    for (const char* const file : files)
        if (root.exists(file)) return "/" + std::string(file);
    return {};
}

/// The word by which the initramfs finds the image of a live medium, "" where there is none: what
/// is in /etc is then not what the medium boots with.
std::string word_of_live_medium(const std::vector<std::string>& words) {
    constexpr std::array marks{"boot=casper", "boot=live",       "rd.live.image",
                               "root=live:",  "archisobasedir=", "modloop="};
    for (const std::string& word : words)
        for (const char* const mark : marks)
            if (word.starts_with(mark)) return mark;
    return {};
}

/// GRUB's `linux` puts BOOT_IMAGE= with the kernel's path before the rest, as syslinux and LILO do;
/// a device in parentheses is GRUB's alone, an initrd= beside it is not GRUB's.
void judge_by_command_line(const Root& root, const std::vector<std::string>& words,
                           BootLoader& loader) {
    const std::string image = "BOOT_IMAGE=";
    const auto starts = [&](const std::string& start) {
        return std::ranges::any_of(
            words, [&](const std::string& word) { return word.starts_with(start); });
    };
    if (starts(image + "(")) {
        loader.kind = BootLoader::Kind::grub;
        loader.name = "GRUB";
        loader.evidence = "BOOT_IMAGE= on its command line has a device in GRUB's manner";
        return;
    }
    // Proxmox's boot tool puts the initrd of each kernel into such a folder, for systemd-boot.
    const std::string of_proxmox = "initrd=\\EFI\\proxmox\\";
    if (!starts(image) && starts(of_proxmox)) {
        loader.kind = BootLoader::Kind::systemd_boot;
        loader.name = "systemd-boot";
        loader.evidence = of_proxmox + "… is on its command line, and no BOOT_IMAGE=";
        return;
    }
    const std::string file =
        first_file(root, {"etc/default/grub", "boot/grub/grub.cfg", "boot/grub2/grub.cfg"});
    const bool rivals = std::ranges::any_of(
        loader.places, [](const auto& place) { return !is_of_grub_too(place); });
    if (!starts(image + "/") || starts("initrd=") || file.empty() || rivals) return;
    loader.kind = BootLoader::Kind::grub;
    loader.name = "GRUB";
    loader.evidence = "BOOT_IMAGE= is on its command line, " + file +
                      " is there, and no file of another boot loader";
}

}  // namespace

BootLoader read_boot_loader(const Root& root, const std::string& command_line) {
    BootLoader loader;
    loader.places = files_of_loaders(root);
    const std::string info = loader_variable(root, "LoaderInfo");
    const std::string stub = loader_variable(root, "StubInfo");
    const auto said = [](const std::string& variable, const std::string& text) {
        return "the EFI variable " + variable + " says \"" + text + "\"";
    };
    const auto words = words_of(command_line);
    if (const std::string live = word_of_live_medium(words); !live.empty()) {
        loader.evidence = "this system runs from a live medium (" + live + ")";
    } else if (!stub.empty()) {
        loader.kind = BootLoader::Kind::unified_image;
        loader.name = stub;
        loader.evidence = said("StubInfo", stub);
    } else if (!info.empty()) {
        loader.kind = info.starts_with("GRUB")           ? BootLoader::Kind::grub
                      : info.starts_with("systemd-boot") ? BootLoader::Kind::systemd_boot
                                                         : BootLoader::Kind::other;
        loader.name = info;
        loader.evidence = said("LoaderInfo", info);
    } else {
        judge_by_command_line(root, words, loader);
    }
    return loader;
}

}  // namespace ctrlpass
