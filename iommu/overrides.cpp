// SPDX-License-Identifier: GPL-2.0-or-later
#include "iommu/overrides.hpp"

#include "iommu/child.hpp"

namespace ctrlpass {

namespace {

constexpr auto patience = std::chrono::seconds(2);

/// "PATH\tNAME\n" for each that is set. Sysfs paths have neither tabs nor newlines.
std::string lines_of(const Root& root, std::span<const std::string> paths) {
    std::string lines;
    for (const std::string& path : paths)
        if (const auto name = override_in(root.attribute(path)))
            lines += path + "\t" + *name + "\n";
    return lines;
}

void add_lines(std::string_view lines, std::map<std::string, std::string>& overrides) {
    while (!lines.empty()) {
        const auto end = lines.find('\n');
        const auto line = lines.substr(0, end);
        if (const auto tab = line.find('\t'); tab != line.npos)
            overrides.emplace(line.substr(0, tab), line.substr(tab + 1));
        lines.remove_prefix(end == lines.npos ? lines.size() : end + 1);
    }
}

/// The child has none of our descriptors and opens the root anew.
Result<Answer> read_in_child(std::span<const std::string> paths,
                             std::chrono::milliseconds deadline) {
    const auto work = [&] {
        const auto root = Root::open("/");
        return Answer{0, root ? lines_of(*root, paths) : ""};
    };
    return run_in_child("cannot read driver overrides", work, deadline);
}

}  // namespace

std::optional<std::string> override_in(const std::optional<std::string>& attribute) {
    if (!attribute || attribute->empty() || *attribute == "(null)") return std::nullopt;
    return attribute;
}

std::map<std::string, std::string> read_overrides(const Root& root,
                                                  std::span<const std::string> paths) {
    std::map<std::string, std::string> overrides;
    if (!root.is_live()) {
        add_lines(lines_of(root, paths), overrides);
        return overrides;
    }
    if (const auto all = read_in_child(paths, patience)) {
        add_lines(all->text, overrides);
        return overrides;
    }
    for (const std::string& path : paths)
        if (const auto one = read_in_child({&path, 1}, patience / 10))
            add_lines(one->text, overrides);
    return overrides;
}

}  // namespace ctrlpass
