// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <array>
#include <utility>

#include "iommu/lines.hpp"
#include "iommu/read_ways_in.hpp"
#include "src/capture/filters.hpp"
#include "src/capture/forms.hpp"
#include "src/capture/options.hpp"
#include "src/capture/recognised.hpp"

namespace ctrlpass::filters {

namespace {

/// KEY, operator, value in quotes, as udev(7) has them.
struct RuleWord {
    std::string key;
    std::string op;
    std::string value;
};

std::vector<RuleWord> rule_words(std::string_view rule) {
    std::vector<RuleWord> words;
    while (true) {
        const auto begin = rule.find_first_not_of(", \t");
        if (begin == rule.npos) return words;
        rule.remove_prefix(begin);
        const auto op = rule.find_first_of("=!+-:");
        const auto quote = rule.find('"');
        if (op == rule.npos || quote == rule.npos || op > quote) return words;
        auto end = quote + 1;
        while (end < rule.size() && rule[end] != '"') end += rule[end] == '\\' ? 2 : 1;
        if (end >= rule.size()) return words;
        RuleWord word{std::string(rule.substr(0, op)), std::string(rule.substr(op, quote - op)),
                      std::string(rule.substr(quote + 1, end - quote - 1))};
        std::erase(word.key, ' ');
        std::erase(word.op, ' ');
        words.push_back(std::move(word));
        rule.remove_prefix(end + 1);
    }
}

/// Alternatives stand between '|'. One that no function of PCI could be meant by has a pseudonym:
/// it fits as little afterwards.
std::string pattern(Mask& mask, const std::string& value) {
    constexpr auto known = std::to_array<std::string_view>(
        {"pci", "usb", "usb_device", "usb_interface", "hid", "hidraw", "input", "block", "net",
         "tty", "add", "remove", "change", "move", "bind", "unbind", "drivers", "vfio"});
    std::string kept;
    for (const std::string_view part : parts_between(value, '|')) {
        const bool plain = std::ranges::find(known, part) != known.end() || is_known_word(part) ||
                           consists_of(part, "0123456789abcdefABCDEFx:.-*?[]!");
        if (!kept.empty()) kept += '|';
        kept += plain ? std::string(part) : mask.names.name(part);
    }
    return kept;
}

bool is_compared(const std::string& key) {
    constexpr auto keys = std::to_array<std::string_view>({"ACTION",
                                                           "SUBSYSTEM",
                                                           "SUBSYSTEMS",
                                                           "KERNEL",
                                                           "KERNELS",
                                                           "DRIVER",
                                                           "DRIVERS",
                                                           "TAG",
                                                           "TAGS",
                                                           "ATTR{vendor}",
                                                           "ATTR{device}",
                                                           "ATTR{subsystem_vendor}",
                                                           "ATTR{subsystem_device}",
                                                           "ATTR{class}",
                                                           "ATTRS{vendor}",
                                                           "ATTRS{device}",
                                                           "ATTRS{subsystem_vendor}",
                                                           "ATTRS{subsystem_device}",
                                                           "ATTRS{class}",
                                                           "ATTR{idVendor}",
                                                           "ATTR{idProduct}",
                                                           "ENV{PCI_SLOT_NAME}"});
    constexpr auto more = std::to_array<std::string_view>(
        {"ENV{PCI_ID}", "ENV{PCI_CLASS}", "ENV{PCI_SUBSYS_ID}", "ENV{DRIVER}"});
    return std::ranges::find(keys, key) != keys.end() || std::ranges::find(more, key) != more.end();
}

bool runs_programs(const std::string& key) {
    return key.starts_with("RUN") || key.starts_with("PROGRAM") || key.starts_with("IMPORT");
}

/// "" for a word that nothing is judged by.
std::string rule_word(Mask& mask, const RuleWord& word) {
    if (!has_form(word.op, Form::words) && !consists_of(word.op, "=!+-:ei")) return "";
    std::string key = word.key;
    std::string value;
    if (runs_programs(key)) {
        // "RUN{program}": what is in the braces is udev's own word.
        if (!consists_of(key, "RUNPOGAMIT{}abcdefghijklmnopqrstuvwxyz_")) return "";
        value = recognised(mask, word.value);
    } else if (key == "ATTR{driver_override}" || key == "ATTR{driver/unbind}" ||
               key == "ATTR{new_id}" || key == "ATTR{bind}" || key == "ATTR{unbind}") {
        value = has_form(word.value, Form::words) && word.value.size() <= 32 ? word.value : "name";
    } else if (key.starts_with("ATTR{") && key.find("bind") != key.npos) {
        key = "ATTR{" + recognised(mask, key.substr(5, key.size() - 6)) + "}";
        value = recognised(mask, word.value);
    } else if (key == "GOTO" || key == "LABEL") {
        value = mask.names.name(word.value);
    } else if (is_compared(key)) {
        value = pattern(mask, word.value);
    } else {
        return "";
    }
    std::string op = word.op;
    while (op.ends_with('e') || op.ends_with('i')) op.pop_back();
    return key + op + "\"" + value + "\"";
}

/// Does any of it set a driver, or run something?
bool is_of_interest(const std::vector<RuleWord>& words) {
    return std::ranges::any_of(words, [](const RuleWord& word) {
        return word.key == "GOTO" || word.key == "LABEL" || word.key == "TAG" ||
               runs_programs(word.key) || word.key.find("driver_override") != word.key.npos ||
               word.key.find("bind") != word.key.npos || word.key.find("new_id") != word.key.npos;
    });
}

std::string rule_line(Mask& mask, const std::string& rule) {
    const auto first = rule.find_first_not_of(" \t");
    if (first == rule.npos || rule[first] == '#') return "";
    const auto words = rule_words(rule);
    if (!is_of_interest(words)) return "";
    std::string kept;
    for (const RuleWord& word : words)
        if (const std::string made = rule_word(mask, word); !made.empty())
            kept += (kept.empty() ? "" : ", ") + made;
    return kept;
}

template <typename Make>
std::string each_line(const std::string& text, const Make& make) {
    std::string kept;
    for (const std::string& line : lines_of(text)) kept += make(line) + "\n";
    return kept;
}

}  // namespace

/// A rule stands in its first line; those that it goes on in are empty.
std::string udev_rules(Mask& mask, const std::string&, const std::string& text) {
    std::string kept;
    std::string rule;
    std::size_t more = 0;
    for (const std::string& line : lines_of(text)) {
        rule += line;
        if (line.ends_with('\\')) {
            rule.pop_back();
            ++more;
            continue;
        }
        kept += rule_line(mask, rule) + std::string(more + 1, '\n');
        rule.clear();
        more = 0;
    }
    return kept + rule_line(mask, rule) + std::string(more, '\n');
}

std::string script(Mask& mask, const std::string&, const std::string& text) {
    bool first = true;
    return each_line(text, [&](const std::string& line) -> std::string {
        const bool head = std::exchange(first, false) && line.starts_with("#!");
        return head ? "#!/bin/sh" : recognised(mask, without_comment(line));
    });
}

/// options, install, softdep and blacklist, of modules that bring vfio or USB.
std::string modprobe(Mask& mask, const std::string&, const std::string& text) {
    constexpr auto parameters = std::to_array<std::string_view>(
        {"ids", "disable_idle_d3", "disable_vga", "nointxmask", "enable_sriov", "disable_denylist",
         "allow_unsafe_interrupts", "enable_unsafe_noiommu_mode", "dma_entry_limit",
         "disable_hugepages"});
    return each_line(text, [&](const std::string& line) -> std::string {
        const auto words = words_of(line);
        if (words.size() < 2 || !has_form(words[1], Form::word)) return "";
        const std::string start = words[0] + " " + words[1];
        const bool ours = line.find("vfio") != line.npos;
        if (words[0] == "options" && ours) {
            std::string kept = start;
            for (std::size_t i = 2; i < words.size(); ++i) {
                const auto equals = words[i].find('=');
                const std::string key = words[i].substr(0, equals);
                const std::string value =
                    equals == words[i].npos ? "" : words[i].substr(equals + 1);
                const bool known = std::ranges::find(parameters, key) != parameters.end();
                if (known && consists_of(value, "0123456789abcdefABCDEFxXyYnN:,*\""))
                    kept += " " + words[i];
            }
            return kept;
        }
        if (words[0] == "softdep" && ours) {
            std::string kept = start;
            for (std::size_t i = 2; i < words.size(); ++i)
                if (words[i] == "pre:" || words[i] == "post:" || has_form(words[i], Form::word))
                    kept += " " + words[i];
            return kept;
        }
        const std::string command =
            recognised(mask, line.substr(line.find(words[1]) + words[1].size()));
        if (words[0] == "install" && !command.empty() && (ours || is_known_word(words[1])))
            return start + " " + command;
        if (words[0] == "blacklist" && is_known_word(words[1])) return start;
        return "";
    });
}

/// Modules that the initramfs loads, as initramfs-tools(7), dracut.conf(5) and mkinitcpio.conf(5)
/// have them.
std::string initramfs(Mask&, const std::string&, const std::string& text) {
    constexpr auto keys = std::to_array<std::string_view>(
        {"MODULES", "add_drivers", "force_drivers", "drivers", "omit_drivers", "HOOKS",
         "filesystems", "add_dracutmodules"});
    return each_line(text, [&](const std::string& whole) -> std::string {
        const std::string line(without_comment(whole));
        const auto equals = line.find('=');
        std::string key = line.substr(0, equals);
        const bool more = key.ends_with('+');
        if (more) key.pop_back();
        while (key.starts_with(' ') || key.starts_with('\t')) key.erase(0, 1);
        const bool assigns = equals != line.npos && std::ranges::find(keys, key) != keys.end();
        std::string modules;
        for (std::string word : words_of(assigns ? line.substr(equals + 1) : line)) {
            std::erase_if(word, [](char c) { return std::string_view("\"'()").contains(c); });
            const bool ids =
                word.starts_with("ids=") && is_id_list(std::string_view(word).substr(4));
            if (is_known_word(word) || ids) modules += (modules.empty() ? "" : " ") + word;
        }
        if (modules.empty()) return "";
        return assigns ? key + (more ? "+=" : "=") + "\" " + modules + " \"" : modules;
    });
}

/// Of a unit what it mounts, when it is started, and what its programs do to drivers.
std::string unit(Mask& mask, const std::string&, const std::string& text) {
    const auto units = [&](const std::string& value) {
        std::string kept;
        for (const std::string& word : words_of(value))
            kept += (kept.empty() ? "" : " ") + mask.places.unit(word);
        return kept;
    };
    return each_line(text, [&](const std::string& line) -> std::string {
        constexpr auto sections =
            std::to_array<std::string_view>({"[Unit]", "[Mount]", "[Swap]", "[Automount]",
                                             "[Service]", "[Socket]", "[Install]", "[Timer]"});
        if (std::ranges::find(sections, line) != sections.end()) return line;
        const auto equals = line.find('=');
        if (equals == line.npos || line.starts_with('#') || line.starts_with(';'))
            return recognised(mask, line.starts_with('#') || line.starts_with(';') ? "" : line);
        const std::string key(words_of(line.substr(0, equals) + " ").empty()
                                  ? ""
                                  : words_of(line.substr(0, equals)).front());
        std::string value = line.substr(equals + 1);
        value.erase(0, std::min(value.find_first_not_of(" \t"), value.size()));
        while (value.ends_with(' ')) value.pop_back();
        if (key == "What") return key + "=" + mask.places.spec(value);
        if (key == "Where") return key + "=" + mask.places.path(value);
        if (key == "Options") return key + "=" + mount_options(mask, value);
        if (key == "Type" || key == "DefaultDependencies" || key == "Priority")
            return has_form(value, Form::word) ? key + "=" + value : "";
        if (key == "ListenStream") {
            const auto port = ssh_port_in(value);
            return port ? key + "=" + std::to_string(*port) : "";
        }
        constexpr auto relations = std::to_array<std::string_view>(
            {"WantedBy", "RequiredBy", "Requires", "Wants", "After", "Before", "BindsTo", "Also"});
        if (std::ranges::find(relations, key) != relations.end()) return key + "=" + units(value);
        if (key == "RequiresMountsFor") return key + "=" + mask.places.path(value);
        if (key.starts_with("Exec")) {
            const std::string facts = recognised(mask, value);
            return facts.empty() || !has_form(key, Form::word) ? "" : key + "=" + facts;
        }
        return "";
    });
}

}  // namespace ctrlpass::filters
