// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/module_files.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "iommu/lines.hpp"

namespace ctrlpass {

namespace {

constexpr std::array<std::string_view, 3> kept_modules{"vfio_pci", "vfio_iommu_type1", "xhci_pci"};

std::string with_underscores(std::string_view name) {
    std::string text(name);
    std::ranges::replace(text, '-', '_');
    return text;
}

/// "kernel/drivers/vfio/pci/vfio-pci.ko.xz: kernel/…" is about vfio_pci.
std::string module_of(std::string_view line) {
    line = line.substr(0, line.find(':'));
    if (const auto slash = line.rfind('/'); slash != line.npos) line.remove_prefix(slash + 1);
    const auto end = line.find(".ko");
    return end == line.npos ? std::string() : with_underscores(line.substr(0, end));
}

bool lists(const std::string& text, const std::string& module) {
    return std::ranges::any_of(lines_of(text),
                               [&](const std::string& line) { return module_of(line) == module; });
}

bool lists(const Root& root, const std::string& path, const std::string& module) {
    const auto text = root.read(path, longest_table);
    return text && lists(*text, module);
}

}  // namespace

bool is_built_in(const Root& root, const std::string& release, const std::string& module) {
    return lists(root, "lib/modules/" + release + "/modules.builtin", with_underscores(module));
}

ModuleSource find_module(const Root& root, const std::string& release, const std::string& module) {
    const std::string name = with_underscores(module);
    if (root.exists("sys/module/" + name)) return ModuleSource::loaded;
    if (is_built_in(root, release, name)) return ModuleSource::built_in;
    if (lists(root, "lib/modules/" + release + "/modules.dep", name)) return ModuleSource::file;
    return ModuleSource::missing;
}

std::optional<Softdep> parse_softdep(const std::string& line) {
    const auto words = words_of(with_underscores(line));
    if (words.size() < 3 || words[0] != "softdep") return std::nullopt;
    Softdep softdep{words[1], {}};
    bool before = false;
    for (auto word = words.begin() + 2; word != words.end(); ++word) {
        if (word->ends_with(':'))
            before = *word == "pre:";
        else if (before)
            softdep.before.push_back(*word);
    }
    return softdep;
}

std::string lines_about_our_modules(const std::string& text) {
    std::string kept;
    for (const std::string& line : lines_of(text))
        if (std::ranges::find(kept_modules, module_of(line)) != kept_modules.end())
            kept += line + "\n";
    return kept;
}

}  // namespace ctrlpass
