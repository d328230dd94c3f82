// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/modprobe_rules.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <array>

#include "iommu/ids_options.hpp"
#include "iommu/lines.hpp"
#include "iommu/module_options.hpp"
#include "iommu/udev_rules.hpp"

namespace ctrlpass {

namespace {

using namespace std::string_view_literals;

/// Modules on which it hangs who has a USB controller.
bool is_ours(std::string_view module) {
    constexpr std::array ours{"vfio"sv,     "vfio_pci"sv, "pci_stub"sv, "xhci_pci"sv, "xhci_hcd"sv,
                              "ehci_pci"sv, "ehci_hcd"sv, "ohci_pci"sv, "ohci_hcd"sv, "uhci_hcd"sv};
    return std::ranges::find(ours, underscored(module)) != ours.end();
}

/// What an `install` line runs and nobody can read: a script that is not there, a program whose
/// work is not known.
std::string unread_program(ScriptFiles& files, const std::string& command) {
    const auto words = words_of(command);
    const ScriptBody body = follow_script(files, {"", script_facts(command)});
    if (!body.unread.empty()) return body.unread.front();
    const bool program = !words.empty() && words[0].starts_with('/');
    if (program && !is_harmless_program(words[0]) && !files.facts(words[0].substr(1)))
        return words[0];
    // By its name alone it is one of the programs in modprobe's own PATH.
    constexpr std::array of_shell{"if"sv, "["sv,    "{"sv,     "("sv,
                                  ":"sv,  "true"sv, "false"sv, "exec"sv};
    const bool named = !words.empty() && words[0].find('/') == std::string::npos &&
                       !is_harmless_program(words[0]) &&
                       std::ranges::find(of_shell, words[0]) == of_shell.end();
    return named ? words[0] : "";
}

std::optional<ModprobeStatement> statement_of(ScriptFiles& files, const std::string& place,
                                              const std::string& line) {
    ModprobeStatement statement{place, words_of(line), {}};
    const auto& words = statement.words;
    if (words.size() < 3) return std::nullopt;
    if (words[0] == "alias" && !ids_driver_of(words[2]).empty()) return statement;
    if (words[0] != "install" || !is_ours(words[1])) return std::nullopt;
    statement.script = unread_program(files, line.substr(line.find(words[1]) + words[1].size()));
    return statement.script.empty() ? std::nullopt : std::optional(std::move(statement));
}

/// modprobe compares with '_' for '-' outside brackets (kmod's alias_normalize); modaliases of PCI
/// have neither.
bool is_alias_of(const std::string& pattern, const Function& function) {
    if (function.driver && underscored(*function.driver) == underscored(pattern)) return true;
    const auto properties = udev_properties(function);
    const auto modalias = properties.find("ENV{MODALIAS}");
    if (modalias != properties.end())
        return ::fnmatch(pattern.c_str(), modalias->second.c_str(), 0) == 0;
    return line_of_id(script_facts(pattern), function.id).has_value();
}

/// The module by which the kernel's own driver of a controller is loaded.
bool is_host_driver(const std::string& name, const Function& function) {
    return controller_type(function.place.class_code) && is_ours(name) &&
           ids_driver_of(name).empty() && underscored(name) != "vfio";
}

}  // namespace

std::vector<ModprobeStatement> read_modprobe_statements(ScriptFiles& files) {
    constexpr std::size_t longest_statements = 1U << 20U;
    constexpr std::size_t most_statements = 1024;
    std::vector<ModprobeStatement> found;
    for (const std::string& path : modprobe_files(files.root())) {
        const std::string text = files.root().read(path, longest_statements).value_or("");
        if (text.find("alias") == text.npos && text.find("install") == text.npos) continue;
        for (const auto& [number, line] : modprobe_lines(text)) {
            auto statement = statement_of(files, "/" + path + ":" + std::to_string(number), line);
            if (!statement) continue;
            if (found.size() == most_statements) {
                files.root().note_more(path, most_statements, "aliases with what went before");
                break;
            }
            found.push_back(std::move(*statement));
        }
    }
    return found;
}

std::optional<ForeignRule> modprobe_rule(const ModprobeStatement& statement,
                                         const Function& function) {
    ForeignRule rule{ForeignRule::When::module, statement.place, {},
                     statement.script,          false,           false};
    if (!statement.script.empty()) {
        rule.names_it = false;
        return rule;
    }
    const std::string& name = statement.words[1];
    const bool by_driver = is_host_driver(name, function);
    if (!by_driver && !is_alias_of(name, function)) return std::nullopt;
    rule.verbs = {"alias"};
    rule.by_id = true;
    rule.to_vfio = ids_driver_of(statement.words[2]) == "vfio-pci";
    return rule;
}

}  // namespace ctrlpass
