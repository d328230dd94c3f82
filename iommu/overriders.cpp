// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/overriders.hpp"

#include <optional>

namespace ctrlpass {

namespace {

constexpr std::string_view attribute = "driver_override";

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
    for (const UdevToken& token : udev_tokens(rule))
        if (token.key == "ATTR{driver_override}") return token.value;
    return {};
}

}  // namespace

bool could_mean(const std::string& rule, const Function& function) {
    if (rule.find(attribute) == rule.npos) return false;
    const auto properties = udev_properties(function);
    bool sets = false;
    for (const UdevToken& token : udev_tokens(rule)) {
        const auto property = properties.find(token.key);
        if (token.compares() && property != properties.end() &&
            matches_udev_pattern(token.value, property->second) != (token.op == "=="))
            return false;
        if (token.compares()) continue;
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
    for (const auto& [path, text] : files_.files()) {
        if (text.find(attribute) == text.npos) continue;
        for (UdevRule& rule : udev_rules(text))
            if (rule.text.find(attribute) != rule.text.npos)
                rules_->push_back(
                    {"/" + path + ":" + std::to_string(rule.first), std::move(rule.text)});
    }
    return *rules_;
}

}  // namespace ctrlpass
