// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/overriders.hpp"

#include <fnmatch.h>

#include <array>
#include <map>
#include <optional>

#include "iommu/lines.hpp"

namespace ctrlpass {

namespace {

constexpr std::string_view attribute = "driver_override";
constexpr std::size_t longest_rules = 1U << 20U;

/// One word of a rule: ATTR{vendor}=="0x1022".
struct Token {
    std::string key;
    std::string op;
    std::string value;
};

/// udev(7): KEY, operator, "value", with commas between. What is malformed ends it.
std::vector<Token> tokens_of(std::string_view rule) {
    std::vector<Token> tokens;
    while (true) {
        const auto begin = rule.find_first_not_of(", \t");
        if (begin == rule.npos) return tokens;
        rule.remove_prefix(begin);
        const auto op = rule.find_first_of("=!+-:");
        const auto quote = rule.find('"');
        if (op == rule.npos || quote == rule.npos || op > quote) return tokens;
        const auto end = rule.find('"', quote + 1);
        if (end == rule.npos) return tokens;
        std::string key(rule.substr(0, op));
        while (key.ends_with(' ')) key.pop_back();
        std::string word(rule.substr(op, quote - op));
        while (word.ends_with(' ') || word.ends_with('e') || word.ends_with('i')) word.pop_back();
        tokens.push_back({std::move(key), std::move(word),
                          std::string(rule.substr(quote + 1, end - quote - 1))});
        rule.remove_prefix(end + 1);
    }
}

std::string hex_attribute(std::uint16_t number) {
    return "0x" + to_string(PciId{number, 0}).substr(0, 4);
}

/// What the keys of a rule are compared with.
std::map<std::string, std::string> properties_of(const Function& function) {
    const PciId subsystem = function.subsystem.value_or(PciId{});
    return {{"KERNEL", to_string(function.place.address)},
            {"SUBSYSTEM", "pci"},
            {"ENV{PCI_SLOT_NAME}", to_string(function.place.address)},
            {"ATTR{vendor}", hex_attribute(function.id.vendor)},
            {"ATTR{device}", hex_attribute(function.id.device)},
            {"ATTR{subsystem_vendor}", hex_attribute(subsystem.vendor)},
            {"ATTR{subsystem_device}", hex_attribute(subsystem.device)}};
}

/// Alternatives stand between '|'.
bool matches(const std::string& patterns, const std::string& value) {
    for (std::size_t begin = 0; begin <= patterns.size();) {
        const auto end = std::min(patterns.find('|', begin), patterns.size());
        if (::fnmatch(patterns.substr(begin, end - begin).c_str(), value.c_str(), 0) == 0)
            return true;
        begin = end + 1;
    }
    return false;
}

/// A command line names a function by its address: another one's is not ours.
bool names_another(const std::string& text, const std::string& address) {
    constexpr std::size_t length = 12;  // 0000:0a:00.3
    if (text.find(address) != text.npos) return false;
    for (std::size_t at = 0; at + length <= text.size(); ++at)
        if (parse_address(std::string_view(text).substr(at, length))) return true;
    return false;
}

/// What the rule sets, where it does so itself and not by a command.
std::string driver_in(const std::string& rule) {
    for (const Token& token : tokens_of(rule))
        if (token.key == "ATTR{driver_override}") return token.value;
    return {};
}

/// Lines with their numbers; one that ends with a backslash goes on in the next.
std::vector<std::pair<int, std::string>> rules_of(const std::string& text) {
    std::vector<std::pair<int, std::string>> rules;
    int number = 0;
    bool goes_on = false;
    for (std::string line : lines_of(text)) {
        ++number;
        const bool continued = line.ends_with('\\');
        if (continued) line.pop_back();
        if (goes_on)
            rules.back().second += line;
        else
            rules.emplace_back(number, line);
        goes_on = continued;
    }
    return rules;
}

}  // namespace

bool could_mean(const std::string& rule, const Function& function) {
    const auto first = rule.find_first_not_of(" \t");
    if (first == rule.npos || rule[first] == '#' || rule.find(attribute) == rule.npos) return false;
    const auto properties = properties_of(function);
    bool sets = false;
    for (const Token& token : tokens_of(rule)) {
        const bool compares = token.op == "==" || token.op == "!=";
        const auto property = properties.find(token.key);
        if (compares && property != properties.end() &&
            matches(token.value, property->second) != (token.op == "=="))
            return false;
        if (compares) continue;
        const bool by_command = token.key.starts_with("RUN") || token.key.starts_with("PROGRAM") ||
                                token.key.starts_with("IMPORT");
        if (token.key == "ATTR{driver_override}") sets = true;
        if (by_command && token.value.find(attribute) != token.value.npos)
            sets = sets || !names_another(token.value, to_string(function.place.address));
    }
    return sets;
}

std::vector<Overrider> OverriderReader::read(const Function& function) {
    std::vector<Overrider> found;
    const std::string memory = "etc/driverctl.d/pci-" + to_string(function.place.address);
    if (const auto driver = root_.attribute(memory))
        found.push_back({Overrider::Tool::driverctl, "/" + memory, *driver});
    if (function.driver == "vfio-pci" && function.override_name == "vfio-pci") return found;
    for (const Rule& rule : rules())
        if (could_mean(rule.text, function))
            found.push_back({Overrider::Tool::udev, rule.place, driver_in(rule.text)});
    return found;
}

const std::vector<OverriderReader::Rule>& OverriderReader::rules() {
    if (rules_) return *rules_;
    rules_.emplace();
    // A file hides those of the same name in later folders (udev(7)).
    constexpr std::array folders{"etc/udev/rules.d/", "run/udev/rules.d/",
                                 "usr/local/lib/udev/rules.d/", "usr/lib/udev/rules.d/"};
    std::map<std::string, std::string> files;
    for (const std::string folder : folders)
        for (const std::string& name : root_.names(folder))
            if (name.ends_with(".rules")) files.emplace(name, folder + name);
    for (const auto& [name, path] : files) {
        const auto text = root_.read(path, longest_rules);
        if (!text || text->find(attribute) == text->npos) continue;
        for (auto& [number, rule] : rules_of(*text))
            if (rule.find(attribute) != rule.npos)
                rules_->push_back({"/" + path + ":" + std::to_string(number), std::move(rule)});
    }
    return *rules_;
}

}  // namespace ctrlpass
