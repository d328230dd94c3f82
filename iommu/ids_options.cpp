// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/ids_options.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "iommu/dynamic_ids.hpp"
#include "iommu/initramfs_files.hpp"
#include "iommu/module_options.hpp"
#include "iommu/number.hpp"
#include "iommu/shell_assignments.hpp"

namespace ctrlpass {

namespace {

using namespace std::string_view_literals;

constexpr std::size_t longest_configuration = 1U << 20U;

/// Linux before 3.1 with Xen's patches had pciback.
constexpr std::array lending_drivers{"vfio-pci"sv, "pci-stub"sv, "xen-pciback"sv, "pciback"sv};

std::string dashed(std::string_view name) {
    std::string text(name);
    std::ranges::replace(text, '_', '-');
    return text;
}

/// "KEY=VALUE" → VALUE, with '-' for '_' and the like in KEY.
std::optional<std::string> value_for(const std::string& word, const std::string& key) {
    const auto equals = word.find('=');
    if (equals == word.npos || dashed(word.substr(0, equals)) != dashed(key)) return std::nullopt;
    return word.substr(equals + 1);
}

std::string parameter_of(const IdsOption& option) { return option.driver + "." + key_of(option); }

/// Of several the last counts, as in the kernel.
void add_of_words(const std::vector<std::string>& words, const std::string& place,
                  std::vector<IdsOption>& found) {
    for (const std::string_view driver : lending_drivers) {
        IdsOption option{place, std::string(driver), {}};
        bool said = false;
        for (const std::string& word : words)
            if (auto value = value_for(word, parameter_of(option))) {
                option.value = std::move(*value);
                said = true;
            }
        if (said) found.push_back(std::move(option));
    }
}

/// `options MODULE KEY=…` (modprobe.d(5)), the last of each file.
void add_of_modprobe(const Root& root, std::vector<IdsOption>& found) {
    for (const std::string& file : modprobe_files(root)) {
        std::map<std::string, std::string> said;
        const std::string text = root.read(file, longest_configuration).value_or("");
        for (const auto& [number, line] : modprobe_lines(text)) {
            const auto words = kernel_words(line);
            if (words.size() < 3 || words[0] != "options") continue;
            const IdsOption option{{}, ids_driver_of(words[1]), {}};
            if (option.driver.empty()) continue;
            for (const std::string& word : words)
                if (auto value = value_for(word, key_of(option)))
                    said[option.driver] = std::move(*value);
        }
        for (auto& [driver, value] : said) found.push_back({"/" + file, driver, std::move(value)});
    }
}

/// Words behind a module's name are its options there (initramfs-tools(7)).
void add_of_initramfs(const Root& root, std::vector<IdsOption>& found) {
    for (const ConfigLine& line : read_initramfs_lines(root)) {
        const auto words = kernel_words(line.text);
        IdsOption option{line.place, words.empty() ? "" : ids_driver_of(words[0]), {}};
        if (option.driver.empty()) continue;
        for (const std::string& word : words)
            if (const auto value = value_for(word, key_of(option))) {
                option.value = *value;
                found.push_back(option);
            }
    }
}

/// What dracut builds into an image as the kernel's command line (dracut.conf(5)).
std::string kernel_cmdline(const std::string& text) {
    std::string words;
    for (const ShellAssignment& assignment :
         read_shell_assignments(text, "kernel_cmdline").assignments) {
        if (assignment.name != "kernel_cmdline") continue;
        if (!assignment.appends) words.clear();
        for (const ShellAssignment::Part& part : assignment.parts)
            if (!part.is_variable) words += part.text;
    }
    return words;
}

void add_of_dracut(const Root& root, std::vector<IdsOption>& found) {
    for (const std::string& file : dracut_files(root)) {
        const std::string text = root.read(file, longest_configuration).value_or("");
        // Cheap: a shell's words are read only where it is said at all.
        if (text.find("kernel_cmdline") == text.npos) continue;
        add_of_words(words_for_kernel(kernel_cmdline(text)), "/" + file, found);
    }
}

/// One part of an address in hexadecimal digits, or '*'. -1: any; nothing: it is neither.
std::optional<std::int64_t> take_part(std::string_view& text, bool may_be_any) {
    if (may_be_any && text.starts_with('*')) {
        text.remove_prefix(1);
        return -1;
    }
    if (text.starts_with("0x") || text.starts_with("0X")) text.remove_prefix(2);
    const auto end = std::min(text.find_first_not_of("0123456789abcdefABCDEF"), text.size());
    const auto value = number_in<std::uint32_t>(text.substr(0, end), 16);
    if (!value) return std::nullopt;
    text.remove_prefix(end);
    return *value;
}

bool take(std::string_view& text, char c) {
    if (!text.starts_with(c)) return false;
    text.remove_prefix(1);
    return true;
}

void skip_blanks(std::string_view& text) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t\n"), text.size()));
}

/// "(DOMAIN:BUS:SLOT.FUNCTION)" without the domain too; a slot of any has functions of any.
struct Hidden {
    std::int64_t domain = 0;
    std::int64_t bus = 0;
    std::int64_t slot = 0;
    std::int64_t function = 0;
};
std::optional<Hidden> take_hidden(std::string_view& text) {
    skip_blanks(text);
    if (!take(text, '(')) return std::nullopt;
    std::vector<std::int64_t> parts;
    do {
        const auto part = take_part(text, !parts.empty());
        if (!part) return std::nullopt;
        parts.push_back(*part);
    } while (parts.size() < 3 && parts.back() >= 0 && take(text, ':'));
    if (parts.size() < 2 || !take(text, '.')) return std::nullopt;
    const auto function = take_part(text, true);
    if (!function || (parts.back() < 0 && *function >= 0) || !take(text, ')')) return std::nullopt;
    skip_blanks(text);
    const std::size_t bus = parts.size() - 2;
    return Hidden{bus == 0 ? 0 : parts[0], parts[bus], parts[bus + 1], *function};
}

}  // namespace

std::string ids_driver_of(std::string_view module) {
    module = module.substr(module.rfind('/') + 1);
    module = module.substr(0, module.find(".ko"));
    const std::string name = dashed(module);
    return std::ranges::find(lending_drivers, name) == lending_drivers.end() ? "" : name;
}

std::string key_of(const IdsOption& option) {
    return option.driver.ends_with("pciback") ? "hide" : "ids";
}

std::vector<IdsOption> read_ids_options(const Root& root, const std::string& command_line) {
    std::vector<IdsOption> found;
    const auto words = words_for_kernel(command_line);
    add_of_words(words, "the kernel command line", found);
    add_of_modprobe(root, found);
    add_of_initramfs(root, found);
    add_of_dracut(root, found);
    return found;
}

std::vector<std::string> words_of_option(const std::string& command_line, const IdsOption& option) {
    std::vector<std::string> found;
    for (const std::string& word : words_for_kernel(command_line))
        if (value_for(word, parameter_of(option)) == option.value) found.push_back(word);
    return found;
}

bool hides(std::string_view value, const PciAddress& address) {
    bool found = false;
    while (!value.empty()) {
        const auto one = take_hidden(value);
        if (!one) return false;
        found = found || (one->domain == address.domain && one->bus == address.bus &&
                          (one->slot < 0 || one->slot == address.slot) &&
                          (one->function < 0 || one->function == address.function));
    }
    return found;
}

std::string taken_by(const IdsOption& option, const Function& function) {
    if (key_of(option) == "hide")
        return hides(option.value, function.place.address) ? to_string(function.place.address) : "";
    for (const DynamicId& id : parse_dynamic_ids(option.value))
        if (matches(id, function)) return to_string(id);
    return {};
}

}  // namespace ctrlpass
