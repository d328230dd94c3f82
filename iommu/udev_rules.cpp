// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/udev_rules.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>

#include "iommu/lines.hpp"

namespace ctrlpass {

namespace {

constexpr std::size_t longest_rules = 1U << 20U;
constexpr std::size_t most_rule_files = 1024;

/// Where the operator begins: what stands in braces belongs to the key.
std::size_t operator_of(std::string_view rule) {
    bool braces = false;
    for (std::size_t i = 0; i < rule.size(); ++i) {
        if (rule[i] == '{') braces = true;
        if (rule[i] == '}') braces = false;
        if (rule[i] == '"') return rule.npos;
        if (!braces && std::string_view("=!+-:").find(rule[i]) != rule.npos) return i;
    }
    return rule.npos;
}

/// The end of a value that begins after the quote: \" is part of it.
std::size_t end_of_value(std::string_view rule, std::size_t begin) {
    for (std::size_t i = begin; i < rule.size(); ++i) {
        if (rule[i] == '\\' && i + 1 < rule.size() && rule[i + 1] == '"')
            ++i;
        else if (rule[i] == '"')
            return i;
    }
    return rule.npos;
}

std::string lower_hex(std::uint32_t number, int digits) {
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "%0*x", digits, number);
    return text.data();
}

std::string upper_hex(std::uint32_t number, int digits) {
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "%0*X", digits, number);
    return text.data();
}

std::string attribute_text(std::uint32_t number) { return "0x" + lower_hex(number, 4); }

std::string pair_of(const PciId& id) {
    return upper_hex(id.vendor, 4) + ":" + upper_hex(id.device, 4);
}

/// As the kernel spells it (drivers/pci/pci-driver.c pci_uevent).
std::string modalias_of(const Function& function, const PciId& subsystem) {
    const std::uint32_t code = function.place.class_code;
    return "pci:v" + upper_hex(function.id.vendor, 8) + "d" + upper_hex(function.id.device, 8) +
           "sv" + upper_hex(subsystem.vendor, 8) + "sd" + upper_hex(subsystem.device, 8) + "bc" +
           upper_hex(code >> 16U & 0xffU, 2) + "sc" + upper_hex(code >> 8U & 0xffU, 2) + "i" +
           upper_hex(code & 0xffU, 2);
}

}  // namespace

std::vector<UdevToken> udev_tokens(std::string_view rule) {
    std::vector<UdevToken> tokens;
    const auto start = rule.find_first_not_of(" \t");
    if (start == rule.npos || rule[start] == '#') return tokens;
    while (true) {
        const auto begin = rule.find_first_not_of(", \t");
        if (begin == rule.npos) return tokens;
        rule.remove_prefix(begin);
        const auto op = operator_of(rule);
        const auto quote = rule.find('"', std::min(op, rule.size()));
        if (op == rule.npos || quote == rule.npos) return tokens;
        const auto end = end_of_value(rule, quote + 1);
        if (end == rule.npos) return tokens;
        std::string key(rule.substr(0, op));
        while (key.ends_with(' ')) key.pop_back();
        // e"…" has escapes in it, i"…" is compared without case.
        std::string word(rule.substr(op, quote - op));
        while (word.ends_with(' ') || word.ends_with('e') || word.ends_with('i')) word.pop_back();
        tokens.push_back({std::move(key), std::move(word),
                          std::string(rule.substr(quote + 1, end - quote - 1))});
        rule.remove_prefix(end + 1);
    }
}

std::vector<UdevRule> udev_rules(std::string_view text) {
    std::vector<UdevRule> rules;
    int number = 0;
    bool goes_on = false;
    for (std::string line : lines_of(text)) {
        ++number;
        const bool continued = line.ends_with('\\');
        if (continued) line.pop_back();
        if (goes_on) {
            rules.back().text += line;
            rules.back().last = number;
        } else {
            rules.push_back({number, number, std::move(line)});
        }
        goes_on = continued;
    }
    return rules;
}

std::map<std::string, std::string> udev_properties(const Function& function) {
    const PciId subsystem = function.subsystem.value_or(PciId{});
    const std::string address = to_string(function.place.address);
    std::map<std::string, std::string> properties{
        {"KERNEL", address},
        {"SUBSYSTEM", "pci"},
        {"SUBSYSTEMS", "pci"},
        {"ENV{SUBSYSTEM}", "pci"},
        {"ENV{PCI_SLOT_NAME}", address},
        {"ENV{PCI_ID}", pair_of(function.id)},
        {"ENV{PCI_SUBSYS_ID}", pair_of(subsystem)},
        {"ATTR{vendor}", attribute_text(function.id.vendor)},
        {"ATTR{device}", attribute_text(function.id.device)},
        {"ATTR{subsystem_vendor}", attribute_text(subsystem.vendor)},
        {"ATTR{subsystem_device}", attribute_text(subsystem.device)}};
    if (!function.place.sysfs.empty())
        properties["DEVPATH"] =
            "/" + function.place.sysfs.substr(function.place.sysfs.find('/') + 1);
    if (function.place.class_code != unknown_class && function.place.class_code != 0) {
        properties["ATTR{class}"] = "0x" + lower_hex(function.place.class_code, 6);
        properties["ENV{PCI_CLASS}"] = upper_hex(function.place.class_code, 1);
        properties["ATTR{modalias}"] = properties["ENV{MODALIAS}"] =
            modalias_of(function, subsystem);
    }
    return properties;
}

bool matches_udev_pattern(const std::string& patterns, const std::string& value) {
    for (std::size_t begin = 0; begin <= patterns.size();) {
        const auto end = std::min(patterns.find('|', begin), patterns.size());
        if (::fnmatch(patterns.substr(begin, end - begin).c_str(), value.c_str(), 0) == 0)
            return true;
        begin = end + 1;
    }
    return false;
}

const std::vector<UdevRuleFiles::File>& UdevRuleFiles::files() {
    if (files_) return *files_;
    files_.emplace();
    constexpr std::array folders{"etc/udev/rules.d/", "run/udev/rules.d/",
                                 "usr/local/lib/udev/rules.d/", "usr/lib/udev/rules.d/",
                                 "lib/udev/rules.d/"};
    std::map<std::string, std::string> paths;
    for (const std::string folder : folders) {
        // Where /usr is merged, the last two are one.
        if (folder.starts_with("lib/") && root_.link("lib")) continue;
        for (const std::string& name : root_.names(folder))
            if (name.ends_with(".rules") && !paths.contains(name)) {
                if (paths.size() == most_rule_files) {
                    root_.note_more(folder, most_rule_files,
                                    "files of rules with what went before");
                    break;
                }
                paths.emplace(name, folder + name);
            }
    }
    for (const auto& [name, path] : paths) {
        auto text = root_.read_file(path, longest_rules);
        if (text)
            files_->push_back({path, std::move(*text)});
        else if (text.error().error_number == EFBIG)
            root_.note_unread(path, "it is larger than " + bytes_text(longest_rules));
    }
    return *files_;
}

}  // namespace ctrlpass
