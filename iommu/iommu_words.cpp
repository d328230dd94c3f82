// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/iommu_words.hpp"

#include <algorithm>

#include "iommu/lines.hpp"
#include "iommu/module_options.hpp"

namespace ctrlpass {

namespace {

/// "KEY=a,b" → {"a", "b"}.
std::vector<std::string> options_of(const std::string& word) {
    std::vector<std::string> options;
    auto begin = word.find('=');
    while (begin != word.npos && begin < word.size()) {
        const auto end = std::min(word.find(',', begin + 1), word.size());
        options.push_back(word.substr(begin + 1, end - begin - 1));
        begin = end;
    }
    return options;
}

/// The kernel compares as many characters as its own word has: "offline" is "off" to it.
bool is_option(const std::string& spelt, const std::string& option) {
    return spelt.starts_with(option);
}

bool has_option(const std::string& word, const std::string& option) {
    return std::ranges::any_of(options_of(word),
                               [&](const std::string& one) { return is_option(one, option); });
}

/// The word with '_' for '-' in its name, which are the same to the kernel (parameqn).
std::string with_plain_name(std::string word) {
    const auto name =
        word.begin() + static_cast<std::ptrdiff_t>(std::min(word.find('='), word.size()));
    std::ranges::replace(word.begin(), name, '-', '_');
    return word;
}

/// "CONFIG_A=y" is there.
bool is_configured(const std::string& config, const std::string& option) {
    const std::string line = option + "=y\n";
    return config.starts_with(line) || config.find("\n" + line) != config.npos;
}

}  // namespace

IommuWords read_iommu_words(const std::string& command_line, Processor processor) {
    IommuWords found;
    std::vector<std::string> intel_off;
    bool intel_is_off = false;
    for (const std::string& spelt : words_for_kernel(command_line)) {
        const std::string word = with_plain_name(spelt);
        if (word == "acpi=off") found.no_acpi = true;
        if (word.starts_with("iommu=") && has_option(word, "off")) found.off.push_back(spelt);
        if (processor == Processor::amd && word.starts_with("amd_iommu=") &&
            has_option(word, "off"))
            found.off.push_back(spelt);
        if (processor != Processor::intel || !word.starts_with("intel_iommu=")) continue;
        if (has_option(word, "off")) intel_off.push_back(spelt);
        for (const std::string& option : options_of(word)) {
            if (is_option(option, "on")) intel_is_off = false, found.turned_on = true;
            if (is_option(option, "off")) intel_is_off = true, found.turned_on = false;
        }
    }
    if (intel_is_off) std::ranges::copy(intel_off, std::back_inserter(found.off));
    return found;
}

std::string without_option(const std::string& word, const std::string& option) {
    std::string left;
    for (const std::string& one : options_of(word))
        if (!is_option(one, option)) left += (left.empty() ? "" : ",") + one;
    return left.empty() ? "" : word.substr(0, word.find('=') + 1) + left;
}

IommuBuild read_iommu_build(const Root& root, Processor processor) {
    constexpr std::size_t longest_config = 1U << 20U;
    IommuBuild build;
    const std::string release = root.attribute("proc/sys/kernel/osrelease").value_or("");
    if (release.empty() || release.find('/') != release.npos) return build;
    for (const std::string& file : {"boot/config-" + release, "lib/modules/" + release + "/config",
                                    "usr/lib/modules/" + release + "/config"}) {
        const auto config = root.read(file, longest_config);
        if (!config || config->empty()) continue;
        build.place = "/" + file;
        build.has_driver = is_configured(
            *config, processor == Processor::amd ? "CONFIG_AMD_IOMMU" : "CONFIG_INTEL_IOMMU");
        build.on_by_default = is_configured(*config, "CONFIG_INTEL_IOMMU_DEFAULT_ON");
        break;
    }
    return build;
}

}  // namespace ctrlpass
