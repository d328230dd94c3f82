// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/bridge_path.hpp"

#include <string_view>

namespace ctrlpass {

namespace {

/// "\_SB_.PC00" -> "PC00", "\PC00" -> "PC00".
std::string without_scope(const std::string& acpi) {
    for (const std::string_view scope : {"\\_SB_.", "\\"})
        if (acpi.starts_with(scope)) return acpi.substr(scope.size());
    return acpi;
}

/// Names below the root of the namespace, with dots between them (ACPI 6.5, 5.3): anything else
/// would be no key for a profile.
bool is_acpi_path(std::string_view text) {
    if (text.starts_with('\\')) text.remove_prefix(1);
    bool begins = true;
    for (const char letter : text) {
        const bool leads = (letter >= 'A' && letter <= 'Z') || letter == '_';
        const bool digit = letter >= '0' && letter <= '9';
        if (letter == '.' ? begins : !leads && (begins || !digit)) return false;
        begins = letter == '.';
    }
    return !begins;
}

}  // namespace

const std::string& BridgePaths::name_of_root(const std::string& component) {
    const auto known = roots_.find(component);
    if (known != roots_.end()) return known->second;
    const auto acpi = root_.attribute("sys/devices/" + component + "/firmware_node/path");
    return roots_[component] = acpi && is_acpi_path(*acpi) ? without_scope(*acpi) : component;
}

std::string BridgePaths::of(const std::string& sysfs) {
    constexpr std::size_t dd_f = 4;  // "08.1"
    std::string path;
    std::string_view rest = sysfs;
    while (!rest.empty()) {
        const auto slash = rest.find('/');
        const std::string component(rest.substr(0, slash));
        rest.remove_prefix(slash == rest.npos ? rest.size() : slash + 1);
        if (component.starts_with("pci")) {
            path = path.empty() ? name_of_root(component) : path + "/pci";
        } else if (!path.empty() && component.size() > dd_f) {
            path += "/" + component.substr(component.size() - dd_f);
        }
    }
    return path;
}

}  // namespace ctrlpass
