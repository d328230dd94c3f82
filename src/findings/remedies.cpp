// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/findings/remedies.hpp"

#include <algorithm>

#include "src/render/text.hpp"

namespace ctrlpass {

namespace {

constexpr auto from_next_boot = "It counts from the next boot.";

std::vector<std::string> words_of(const std::string& text) {
    std::vector<std::string> words;
    for (std::size_t begin = 0; begin < text.size();) {
        const auto end = std::min(text.find_first_of(" \t", begin), text.size());
        if (end > begin) words.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return words;
}

std::string with_spaces(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
    return text;
}

bool contains(const std::vector<std::string>& words, const std::string& word) {
    return std::ranges::find(words, word) != words.end();
}

/// GRUB_CMDLINE_LINUX_DEFAULT="quiet splash" in its parts.
struct GrubLine {
    std::string key;
    char quote = '"';
    std::vector<std::string> words;

    static GrubLine of(const std::string& text) {
        const auto equals = text.find('=');
        if (equals == text.npos) return {text, '"', {}};
        std::string value = text.substr(equals + 1);
        const char quote = value.starts_with('\'') ? '\'' : '"';
        if (value.starts_with(quote)) value.erase(0, 1);
        value = value.substr(0, value.find(quote));
        return {text.substr(0, equals), quote, words_of(value)};
    }
    std::string text() const { return key + "=" + quote + with_spaces(words) + quote; }
};

std::vector<std::string> changed(const std::vector<std::string>& words,
                                 const std::vector<std::string>& add,
                                 const std::vector<std::string>& remove) {
    std::vector<std::string> result;
    for (const std::string& word : words) {
        const bool replaced = std::ranges::any_of(add, [&](const std::string& added) {
            return added.find('=') != added.npos &&
                   word.starts_with(added.substr(0, added.find('=') + 1));
        });
        if (!replaced && !contains(remove, word)) result.push_back(word);
    }
    std::ranges::copy(add, std::back_inserter(result));
    return result;
}

/// The line to change: the one that has a word that must go, otherwise GRUB_CMDLINE_LINUX_DEFAULT,
/// otherwise the first.
const ConfigLine* line_to_change(const std::vector<ConfigLine>& lines,
                                 const std::vector<std::string>& remove) {
    for (const ConfigLine& line : lines)
        for (const std::string& word : GrubLine::of(line.text).words)
            if (contains(remove, word)) return &line;
    for (const ConfigLine& line : lines)
        if (line.text.starts_with("GRUB_CMDLINE_LINUX_DEFAULT=")) return &line;
    return lines.empty() ? nullptr : &lines.front();
}

std::string in_words(const std::vector<std::string>& add, const std::vector<std::string>& remove) {
    std::string text;
    if (!add.empty()) text += "Add " + with_spaces(add) + " to the kernel command line";
    if (!remove.empty())
        text += (text.empty() ? "Take " : " and take ") + with_spaces(remove) +
                (add.empty() ? " off the kernel command line" : " off it");
    return text;
}

}  // namespace

Family family_of(const Distribution& distribution) {
    const auto is = [&](const char* id) { return distribution.is_like(id); };
    if (is("debian") || is("ubuntu")) return Family::debian;
    if (is("fedora") || is("rhel")) return Family::fedora;
    if (is("suse") || is("opensuse")) return Family::suse;
    if (is("arch")) return Family::arch;
    return Family::other;
}

std::string Remedies::install(const Package& package) const {
    switch (family_of(health_.distribution)) {
        case Family::debian:
            return "Install it:\n    apt-get install " + package.debian;
        case Family::fedora:
            return "Install it:\n    dnf install " + package.fedora;
        case Family::suse:
            return "Install it:\n    zypper install " + package.suse;
        case Family::arch:
            return "Install it:\n    pacman -S " + package.arch;
        case Family::other:
            break;
    }
    return "Install " + package.other + ".";
}

std::string Remedies::install_modules() const {
    const std::string& release = health_.release;
    if (!health_.has_modules && !health_.other_releases.empty())
        return "The modules of " + joined(health_.other_releases) +
               " are there: boot the kernel that is installed:\n    reboot";
    // "6.1.0-18-cloud-amd64": the cloud flavour leaves drivers out; the last part is the machine's.
    const std::string machine = release.substr(release.rfind('-') + 1);
    const bool cloud = release.find("-cloud-") != release.npos;
    const std::string debian = health_.distribution.is_like("ubuntu")
                                   ? "linux-modules-extra-" + shell_word(release)
                                   : "linux-image-" + shell_word(cloud ? machine : release);
    return install({debian, "kernel-modules-" + shell_word(release), "kernel-default", "linux",
                    "the package that has all modules of this kernel (CONFIG_VFIO_PCI)"}) +
           (cloud ? "\nand boot that kernel: the cloud flavour leaves drivers out." : "");
}

std::string Remedies::grub_hint(const ConfigLine& now, const std::string& line) const {
    const Family family = family_of(health_.distribution);
    const std::string command = family == Family::debian ? "update-grub"
                                : family == Family::arch ? "grub-mkconfig -o /boot/grub/grub.cfg"
                                                         : "grub2-mkconfig -o /boot/grub2/grub.cfg";
    return "Let " + now.place + " say\n    " + line + "\nthen:\n    " + command + "\n" +
           from_next_boot;
}

std::string Remedies::kernel_words(const std::vector<std::string>& add,
                                   const std::vector<std::string>& remove) const {
    const Family family = family_of(health_.distribution);
    if (family == Family::fedora) {
        std::string command = "grubby --update-kernel=ALL";
        if (!add.empty()) command += " --args=" + shell_word(with_spaces(add));
        if (!remove.empty()) command += " --remove-args=" + shell_word(with_spaces(remove));
        return in_words(add, remove) + ":\n    " + command + "\n" + from_next_boot;
    }
    const ConfigLine* const now = line_to_change(health_.grub_lines, remove);
    if (family != Family::other && now != nullptr) {
        GrubLine line = GrubLine::of(now->text);
        line.words = changed(line.words, add, remove);
        return grub_hint(*now, line.text());
    }
    if (health_.kernel_cmdline_file)
        return in_words(add, remove) + " in /etc/kernel/cmdline, then:\n    kernel-install add " +
               shell_word(health_.release) + " /boot/vmlinuz-" + shell_word(health_.release) +
               "\n(on Proxmox VE: proxmox-boot-tool refresh). " + from_next_boot;
    if (family == Family::debian)
        return grub_hint(
            {"/etc/default/grub", {}},
            GrubLine{"GRUB_CMDLINE_LINUX_DEFAULT", '"', changed({"quiet"}, add, remove)}.text());
    return in_words(add, remove) + " in the configuration of the boot loader. " + from_next_boot;
}

std::string Remedies::rebuild_initramfs() const {
    const Family family = family_of(health_.distribution);
    const std::string then = "Then make the initramfs anew";
    if (family == Family::debian) return then + ":\n    update-initramfs -u";
    if (family == Family::arch) return then + ":\n    mkinitcpio -P";
    if (family == Family::other) return then + ".";
    return then + ":\n    dracut --force";
}

std::string Remedies::firmware_setup() const {
    return health_.efi ? "To get there:\n    systemctl reboot --firmware-setup" : "";
}

}  // namespace ctrlpass
