// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <array>

#include "iommu/lines.hpp"
#include "src/capture/filters.hpp"
#include "src/capture/forms.hpp"
#include "src/capture/recognised.hpp"

namespace ctrlpass::filters {

namespace {

/// Words that ctrlpass looks at or that stand on every machine, with what they may say.
std::string boot_word(Mask& mask, const std::string& word) {
    constexpr auto known = std::to_array<std::string_view>({
        "intel_iommu", "amd_iommu", "iommu", "iommu.passthrough", "iommu.strict", "intremap",
        "nointremap", "nox2apic", "noapic", "pcie_acs_override", "pci", "isolcpus", "nohz_full",
        "rcu_nocbs", "irqaffinity", "ctrlpass", "boot", "quiet", "splash", "ro", "rw", "nomodeset",
        "noiommu"});
    constexpr auto disks = std::to_array<std::string_view>({"root", "resume", "resume_offset", "real_root"});
    const auto equals = word.find('=');
    const std::string key = word.substr(0, equals);
    const std::string value = equals == word.npos ? "" : word.substr(equals + 1);
    const auto is = [&](const auto& list) { return std::ranges::find(list, key) != list.end(); };
    if (is(known)) return value.empty() || has_form(value, Form::words) ? word : key + "=";
    if (key.starts_with("vfio") && has_form(key, Form::word))
        return consists_of(value, "0123456789abcdefABCDEFxXyYnN:,*") ? word : "";
    if (is(disks) && equals != word.npos)
        return has_form(value, Form::number) ? word : key + "=" + mask.places.spec(value);
    // Of these only that they are there: they name the owner's disks, or where a key lies.
    for (const std::string_view start : {"rd.luks.", "luks.", "cryptdevice", "cryptkey", "cryptopts"})
        if (key.starts_with(start) && has_form(key, Form::word))
            return key + (equals == word.npos ? "" : "=masked");
    for (const std::string_view start : {"nfsroot", "netroot", "ostree", "rd.live.", "live-media"})
        if (key.starts_with(start) && has_form(key, Form::word))
            return key + (equals == word.npos ? "" : "=masked");
    return "";
}

std::string boot_words(Mask& mask, const std::string& text) {
    std::string kept;
    for (const std::string& word : words_of(text))
        if (const std::string made = boot_word(mask, word); !made.empty())
            kept += (kept.empty() ? "" : " ") + made;
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
            if (i + 1 == line.size()) value.open = true;
            else value.text += line[++i];
        } else if (quote != '\0') {
            if (c == quote) quote = '\0';
            else value.text += c;
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

std::string command_line(Mask& mask, const std::string&, const std::string& text) {
    return boot_words(mask, text) + "\n";
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
                const bool self = word == "$GRUB_CMDLINE_LINUX" || word == "${GRUB_CMDLINE_LINUX}" ||
                                  word == "$GRUB_CMDLINE_LINUX_DEFAULT" ||
                                  word == "${GRUB_CMDLINE_LINUX_DEFAULT}";
                const std::string one = self ? word : boot_word(mask, word);
                if (!one.empty()) made += (made.empty() ? "" : " ") + one;
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
            const bool wanted = name.starts_with("GRUB_CMDLINE_LINUX") &&
                                consists_of(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_+=");
            key = wanted ? name : "";
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

/// Of an entry of systemd-boot its command line (Boot Loader Specification).
std::string loader_entry(Mask& mask, const std::string&, const std::string& text) {
    std::string kept;
    for (const std::string& line : lines_of(text))
        if (line.starts_with("options"))
            kept += "options " + boot_words(mask, line.substr(7)) + "\n";
    return kept;
}

}  // namespace ctrlpass::filters
