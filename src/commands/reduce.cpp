// SPDX-License-Identifier: GPL-2.0-or-later
#include "src/commands/reduce.hpp"

#include <algorithm>
#include <array>
#include <regex>
#include <string_view>

#include "iommu/lines.hpp"
#include "iommu/module_files.hpp"
#include "iommu/mounts.hpp"
#include "iommu/read_ways_in.hpp"

namespace ctrlpass {

namespace {

/// Words of the kernel's command line that ctrlpass looks at, as they are.
std::string relevant_words(const std::string& line) {
    constexpr std::array<std::string_view, 13> known{
        "intel_iommu", "amd_iommu", "iommu",     "vfio",     "pcie_acs_override",
        "pci=",        "isolcpus",  "nohz_full", "ctrlpass", "intremap",
        "nointremap",  "nox2apic",  "noapic"};
    // Of these only that they are there: they name the owner's disks.
    constexpr std::array<std::string_view, 4> named{"rd.luks.", "luks.", "cryptdevice", "cryptkey"};
    std::string kept;
    for (std::string word : words_of(line)) {
        const auto fits = [&](std::string_view start) { return word.starts_with(start); };
        if (std::ranges::any_of(named, fits))
            word = word.substr(0, word.find('=')) + "=masked";
        else if (std::ranges::none_of(known, fits))
            continue;
        kept += (kept.empty() ? "" : " ") + word;
    }
    return kept + "\n";
}

/// Of GRUB's defaults the kernel's command lines, and of those the same words.
std::string relevant_grub(const std::string& text) {
    std::string kept;
    for (std::string line : lines_of(text)) {
        const auto equals = line.find('=');
        if (!line.starts_with("GRUB_CMDLINE_LINUX") || equals == line.npos) continue;
        const std::string key = line.substr(0, equals);
        line.erase(0, equals + 1);
        std::erase_if(line, [](char c) { return c == '"' || c == '\''; });
        std::string words = relevant_words(line);
        words.pop_back();
        kept += key + "=\"" + words + "\"\n";
    }
    return kept;
}

/// The ports that sshd's configuration or a systemd socket names, without their addresses.
std::string ports_only(const std::string& text) {
    static const std::regex line_of_ssh("\\s*(port|listenaddress)[\\s=]+(\\S+).*",
                                        std::regex::icase);
    constexpr std::string_view stream = "ListenStream=";
    std::string kept;
    for (const std::string& line : lines_of(text)) {
        std::smatch match;
        if (line.starts_with(stream)) {
            if (const auto port = ssh_port_in(line.substr(stream.size())))
                kept += std::string(stream) + std::to_string(*port) + "\n";
        } else if (std::regex_match(line, match, line_of_ssh)) {
            const std::string value = match[2].str();
            const bool plain = match[1].length() == 4;  // "Port"
            const auto port = ssh_port_in(value);
            if (port && (plain || value.find(':') != value.npos))
                kept += "Port " + std::to_string(*port) + "\n";
        }
    }
    return kept;
}

/// Sockets that listen; of their addresses only whether they are any or the loopback.
std::string listening_sockets(const std::string& text) {
    constexpr std::string_view four = "0A00000A";
    std::string kept;
    for (const std::string& line : lines_of(text)) {
        auto fields = words_of(line);
        if (fields.size() < 4 || fields[3] != "0A") continue;
        const auto colon = fields[1].find(':');
        if (colon == std::string::npos) continue;
        std::string address = fields[1].substr(0, colon);
        const bool shown = address.find_first_not_of('0') == address.npos || is_loopback(address);
        if (!shown) address = address.size() == four.size() ? four : std::string(32, 'F');
        kept += fields[0] + " " + address + fields[1].substr(colon) + " 0:0 0A\n";
    }
    return kept;
}

/// Of the mounts those of disks: others name servers, containers and users. What part of a file
/// system is mounted, and the options, are nobody's business.
std::string mounts(const std::string& text) {
    std::string kept;
    for (const std::string& line : lines_of(text)) {
        const auto words = words_of(line);
        const auto dash = std::ranges::find(words, "-");
        if (words.size() < 5 || words.end() - dash < 3) continue;
        if (!may_be_on_disk({words[2], dash[2], dash[1], words[4]})) continue;
        kept += words[0] + " " + words[1] + " " + words[2] + " / " + words[4] + " rw - " + dash[1] +
                " " + dash[2] + " rw\n";
    }
    return kept;
}

/// Swap files lie where their owner wants them.
std::string swaps(const std::string& text) {
    std::string kept;
    for (const std::string& line : lines_of(text))
        if (line.starts_with("/dev/")) kept += words_of(line)[0] + "\n";
    return kept;
}

/// What modprobe.d says about vfio.
std::string vfio_lines(const std::string& text) {
    constexpr std::array<std::string_view, 3> verbs{"options", "install", "softdep"};
    std::string kept;
    for (const std::string& line : lines_of(text)) {
        const auto words = words_of(line);
        const bool wanted = !words.empty() && std::ranges::find(verbs, words[0]) != verbs.end() &&
                            line.find("vfio") != line.npos;
        if (wanted) kept += line + "\n";
    }
    return kept;
}

/// What puts vfio-pci into the initramfs.
std::string initramfs_lines(const std::string& text) {
    std::string kept;
    for (const std::string& line : lines_of(text))
        if (is_initramfs_line(line)) kept += line + "\n";
    return kept;
}

/// The rules that could set an override, each in its line: findings name them by number. Serial
/// numbers in them are nothing that a function is compared with.
std::string override_rules(const std::string& text) {
    static const std::regex serial(R"re((\{[^}]*serial[^}]*\}\s*[!=]=\s*")[^"]*)re",
                                   std::regex::icase);
    std::string kept;
    std::string rule;
    std::size_t length = 0;
    for (const std::string& line : lines_of(text)) {
        rule += line + "\n";
        ++length;
        if (line.ends_with('\\')) continue;
        const bool wanted = rule.find("driver_override") != rule.npos && !rule.starts_with('#');
        kept += wanted ? std::regex_replace(rule, serial, "$1masked") : std::string(length, '\n');
        rule.clear();
        length = 0;
    }
    return kept + rule;
}

}  // namespace

std::optional<std::string> reduced(const std::string& path, const std::string& text) {
    if (path.ends_with("/serial") || path.ends_with("/serial_number")) return "masked\n";
    if (path == "proc/cmdline") return relevant_words(text);
    if (path == "etc/default/grub") return relevant_grub(text);
    if (path.starts_with("etc/ssh/") || path.starts_with("etc/systemd/")) return ports_only(text);
    if (path.starts_with("proc/") && path.ends_with("/mountinfo")) return mounts(text);
    if (path == "proc/swaps") return swaps(text);
    if (path.find("modprobe.d/") != path.npos) return vfio_lines(text);
    for (const std::string_view tool : {"etc/initramfs-tools/", "etc/dracut", "etc/mkinitcpio"})
        if (path.starts_with(tool)) return initramfs_lines(text);
    if (path.find("udev/rules.d/") != path.npos) return override_rules(text);
    if (path.starts_with("proc/net/tcp")) return listening_sockets(text);
    if (path.ends_with("/dm/uuid")) return text.substr(0, text.find('-')) + "-masked\n";
    return std::nullopt;
}

}  // namespace ctrlpass
