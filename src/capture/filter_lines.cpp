// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <array>

#include "iommu/ids_options.hpp"
#include "iommu/lines.hpp"
#include "iommu/module_options.hpp"
#include "iommu/read_ways_in.hpp"
#include "iommu/script_facts.hpp"
#include "iommu/script_files.hpp"
#include "iommu/udev_rules.hpp"
#include "src/capture/filters.hpp"
#include "src/capture/forms.hpp"
#include "src/capture/options.hpp"
#include "src/capture/recognised.hpp"

namespace ctrlpass::filters {

namespace {

/// Of a pattern about a function of PCI: "0000:02:*", "pci:v00001B21d*", "*/pci0000:00/*".
bool is_about_pci(std::string_view part) {
    constexpr std::size_t longest = 96;
    if (part.size() > longest) return false;
    if (consists_of(part, "0123456789abcdefABCDEFx:.-*?[]!")) return true;
    if (part.starts_with("pci:v") && consists_of(part.substr(4), "vdsbci0123456789ABCDEF*?[]-"))
        return true;
    return std::ranges::all_of(parts_between(part, '/'), [](std::string_view name) {
        if (name == "devices" || name == "sys") return true;
        if (name.starts_with("pci0")) name.remove_prefix(3);
        return consists_of(name, "0123456789abcdef:.*?[]");
    });
}

/// Alternatives stand between '|'. One that no function of PCI could be meant by has a pseudonym:
/// it fits as little afterwards.
std::string pattern(Mask& mask, const std::string& value) {
    constexpr auto known = std::to_array<std::string_view>(
        {"pci", "usb", "usb_device", "usb_interface", "hid", "hidraw", "input", "block", "net",
         "tty", "add", "remove", "change", "move", "online", "drivers", "systemd", "pci*"});
    std::string kept;
    for (const std::string_view part : parts_between(value, '|')) {
        const bool plain = std::ranges::find(known, part) != known.end() || is_known_word(part) ||
                           is_about_pci(part);
        if (!kept.empty()) kept += '|';
        kept += plain ? std::string(part) : mask.names.name(part);
    }
    return kept;
}

bool is_one_of(const auto& words, std::string_view word) {
    return std::ranges::find(words, word) != words.end();
}

/// What is known of a function before a rule is run (udev_rules.hpp).
bool is_known_key(std::string key) {
    constexpr auto keys = std::to_array<std::string_view>({"ACTION",
                                                           "SUBSYSTEM",
                                                           "SUBSYSTEMS",
                                                           "KERNEL",
                                                           "KERNELS",
                                                           "TAG",
                                                           "TAGS",
                                                           "DEVPATH",
                                                           "ATTR{vendor}",
                                                           "ATTR{device}",
                                                           "ATTR{subsystem_vendor}",
                                                           "ATTR{subsystem_device}",
                                                           "ATTR{class}",
                                                           "ATTR{modalias}",
                                                           "ENV{ACTION}",
                                                           "ENV{SUBSYSTEM}",
                                                           "ENV{MODALIAS}",
                                                           "ENV{DEVPATH}",
                                                           "ENV{PCI_SLOT_NAME}",
                                                           "ENV{PCI_ID}",
                                                           "ENV{PCI_CLASS}",
                                                           "ENV{PCI_SUBSYS_ID}"});
    if (key.starts_with("ATTRS{")) key.erase(4, 1);
    return is_one_of(keys, key);
}

bool runs_programs(const UdevToken& token) {
    return token.key.starts_with("RUN") || token.key.starts_with("PROGRAM") ||
           token.key.starts_with("IMPORT");
}

/// The place of the program first, for that is how it is known that it is the one that is run.
std::string program_line(Mask& mask, const std::string& value) {
    const bool named = value.find('/') == value.npos;
    const std::string facts = recognised(mask, named ? "/usr/lib/udev/" + value : value);
    if (!named && !value.starts_with('/')) return facts;
    const std::string path = recognised(
        mask, (named ? "/usr/lib/udev/" : "") + value.substr(0, value.find_first_of(" \t")));
    return path.starts_with('/') && path.find(' ') == path.npos && facts != path
               ? path + " ; " + facts
               : facts;
}

/// "ATTR{[drivers/pci:vfio-pci]new_id}": the verb, and whether it is about vfio-pci.
std::string attribute_key(const std::string& key) {
    const ScriptFacts facts = script_facts(std::string_view(key).substr(4));
    if (facts.verbs.empty()) return "";
    return std::string("ATTR{") + (facts.vfio ? "[drivers/pci:vfio-pci]" : "") +
           facts.verbs.front().word + "}";
}

struct KeyAndValue {
    std::string key;
    std::string value;
};

/// Of what a rule compares; one that is not judged stays one that is not known.
KeyAndValue compared(Mask& mask, const UdevToken& token) {
    if (is_known_key(token.key)) return {token.key, pattern(mask, token.value)};
    if (token.key.starts_with("ENV{"))
        return {"ENV{" + mask.names.name(token.key.substr(4)) + "}", pattern(mask, token.value)};
    return {"ENV{masked}", "masked"};
}

/// Of what it sets or does; nothing of what is not judged.
KeyAndValue done(Mask& mask, const UdevToken& token) {
    if (token.key == "GOTO" || token.key == "LABEL")
        return {token.key, mask.names.name(token.value)};
    if (token.key == "TAG") return {token.key, pattern(mask, token.value)};
    if (token.key == "ENV{SYSTEMD_WANTS}") return {token.key, mask.places.unit(token.value)};
    if (token.key.starts_with("ENV{")) return compared(mask, token);
    if (!token.key.starts_with("ATTR{")) return {};
    const std::string facts = recognised(mask, token.value);
    const bool driver = has_form(token.value, Form::words) && token.value.size() <= 32;
    return {attribute_key(token.key), !facts.empty() ? facts : driver ? token.value : "name"};
}

/// "" for a word that nothing is judged by.
std::string rule_word(Mask& mask, const UdevToken& token) {
    if (!consists_of(token.op, "=!+-:")) return "";
    KeyAndValue made;
    if (runs_programs(token)) {
        // "RUN{program}": what is in the braces is udev's own word.
        if (!consists_of(token.key, "RUNPOGAMIT{}abcdefghijklmnopqrstuvwxyz_")) return "";
        made = {token.key, program_line(mask, token.value)};
    } else {
        made = token.compares() ? compared(mask, token) : done(mask, token);
    }
    return made.key.empty() ? "" : made.key + token.op + "\"" + made.value + "\"";
}

/// Does any of it set a driver, or run something, or say for others what they are about?
bool is_of_interest(const std::vector<UdevToken>& tokens) {
    return std::ranges::any_of(tokens, [](const UdevToken& token) {
        const bool sets = !token.compares() &&
                          (token.key.starts_with("ENV{") || token.key == "TAG" ||
                           token.key == "GOTO" || token.key == "LABEL" ||
                           (token.key.starts_with("ATTR{") && !attribute_key(token.key).empty()));
        return sets || runs_programs(token);
    });
}

std::string rule_line(Mask& mask, const std::string& rule) {
    const auto tokens = udev_tokens(rule);
    if (!is_of_interest(tokens)) return "";
    std::string kept;
    for (const UdevToken& token : tokens)
        if (const std::string made = rule_word(mask, token); !made.empty())
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

/// A rule stands in its first line, and goes on in as many as before.
std::string udev_rules(Mask& mask, const std::string&, const std::string& text) {
    std::string kept;
    for (const UdevRule& rule : ctrlpass::udev_rules(text)) {
        const std::string made = rule_line(mask, rule.text);
        const std::string end = made.empty() ? "\n" : "\\\n";
        kept += made;
        for (int line = rule.first; line < rule.last; ++line) kept += end;
        kept += '\n';
    }
    return kept;
}

std::string script(Mask& mask, const std::string&, const std::string& text) {
    return each_line(text, [&](const std::string& line) { return recognised(mask, line); });
}

/// options, install, softdep and blacklist, of modules that bring vfio or USB.
std::string modprobe(Mask& mask, const std::string&, const std::string& text) {
    constexpr auto parameters = std::to_array<std::string_view>(
        {"ids", "hide", "disable_idle_d3", "disable_vga", "nointxmask", "enable_sriov",
         "disable_denylist", "allow_unsafe_interrupts", "enable_unsafe_noiommu_mode",
         "dma_entry_limit", "disable_hugepages"});
    const auto made = [&](const std::string& line) -> std::string {
        const auto words = words_of(line);
        if (words.size() > 2 && words[0] == "alias" && !ids_driver_of(words[2]).empty() &&
            (is_about_pci(words[1]) || is_known_word(words[1])))
            return words[0] + " " + words[1] + " " + ids_driver_of(words[2]);
        if (words.size() < 2 || !has_form(words[1], Form::word) || words[0].starts_with('#'))
            return recognised(mask, line);
        const std::string start = words[0] + " " + words[1];
        const bool ours = line.find("vfio") != line.npos || !ids_driver_of(words[1]).empty();
        if (words[0] == "options" && ours) {
            std::string kept = start;
            for (std::size_t i = 2; i < words.size(); ++i) {
                const auto equals = words[i].find('=');
                const std::string key = words[i].substr(0, equals);
                const std::string value =
                    equals == words[i].npos ? "" : words[i].substr(equals + 1);
                const bool known = std::ranges::find(parameters, key) != parameters.end();
                if (known && consists_of(value, "0123456789abcdefABCDEFxXyYnN:,*.()\""))
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
        // That it runs something that cannot be read is a fact, whatever it is called.
        const bool bare = words.size() > 2 && words[2].find('/') == std::string::npos &&
                          !is_harmless_program(words[2]);
        if (words[0] == "install" && command.empty() && bare && is_known_word(words[1]))
            return start + " " + mask.names.name(words[2]);
        if (words[0] == "blacklist" && is_known_word(words[1])) return start;
        return recognised(mask, line);
    };
    // One that goes on in the next line stands in its first.
    std::string kept;
    int lines = 0;
    for (const auto& [number, line] : modprobe_lines(text)) {
        for (; lines < number - 1; ++lines) kept += '\n';
        kept += made(line) + "\n";
        ++lines;
    }
    for (const auto all = std::ranges::ssize(lines_of(text)); lines < all; ++lines) kept += '\n';
    return kept;
}

/// Modules that the initramfs loads, as initramfs-tools(7), dracut.conf(5) and mkinitcpio.conf(5)
/// have them.
std::string initramfs(Mask& mask, const std::string&, const std::string& text) {
    constexpr auto keys = std::to_array<std::string_view>(
        {"MODULES", "kernel_cmdline", "add_drivers", "force_drivers", "drivers", "omit_drivers",
         "HOOKS", "filesystems", "add_dracutmodules"});
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
            const auto value = word.find('=');
            const bool option = assigns && value != word.npos &&
                                is_lending_key(word.substr(0, value)) &&
                                is_option_value(word.substr(value + 1));
            if (is_known_word(word) || ids || option)
                modules += (modules.empty() ? "" : " ") + word;
        }
        if (modules.empty()) return recognised(mask, line);
        return assigns ? key + (more ? "+=" : "=") + "\" " + modules + " \"" : modules;
    });
}

namespace {

/// The devices that a command names: "/dev/sdb1", "LABEL=KEYS", "if=/dev/sdb".
std::string devices_in(Mask& mask, const std::string& command) {
    std::string kept;
    for (std::string word : words_of(command)) {
        std::erase_if(word, [](char c) { return std::string_view("\"';&|()").contains(c); });
        std::size_t begin = word.npos;
        for (const std::string_view start :
             {"/dev/", "UUID=", "LABEL=", "PARTUUID=", "PARTLABEL=", "ID="})
            for (auto at = word.find(start); at != word.npos; at = word.find(start, at + 1))
                if (at == 0 || std::string_view("=:,").contains(word[at - 1]))
                    begin = std::min(begin, at);
        if (begin == word.npos) continue;
        std::string device = word.substr(begin);
        device.resize(std::min(device.find(','), device.size()));
        const bool by_path = device.starts_with("/dev/disk/by-");
        if (!by_path) device.resize(std::min(device.find(':'), device.size()));
        const bool specifier = device.find('%') != device.npos;
        if (!specifier)
            kept += " " + mask.places.spec(device);
        else if (std::string_view("iIf").contains(device.back()))
            kept += " /dev/" + device.substr(device.find('%'));
        else
            kept += " /dev/%n";
    }
    return kept;
}

}  // namespace

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
            return line.starts_with(';') ? "" : recognised(mask, line);
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
        constexpr auto relations =
            std::to_array<std::string_view>({"WantedBy", "RequiredBy", "Requires", "Wants", "After",
                                             "Before", "BindsTo", "Also", "Requisite", "Upholds"});
        if (std::ranges::find(relations, key) != relations.end()) return key + "=" + units(value);
        if (key == "RequiresMountsFor") return key + "=" + mask.places.path(value);
        if (key.starts_with("Exec")) {
            const std::string facts = recognised(mask, value);
            const std::string devices = devices_in(mask, value);
            return (facts.empty() && devices.empty()) || !has_form(key, Form::word)
                       ? ""
                       : key + "=" + facts + devices;
        }
        return recognised(mask, line);
    });
}

}  // namespace ctrlpass::filters
